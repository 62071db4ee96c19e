using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.Log;

namespace Cqrs.Contracts.Tests.EventStoreDb;

[Collection(EsdbServerTests.Name)]
public sealed class EsdbEventLogContract(EsdbServer server) : EventLogContract
{
    private EsdbEventLog? _log;

    protected override int LargestAppend => EsdbLimits.LargestAppend;

    protected override Task<IEventLog> OpenAsync() => Task.FromResult<IEventLog>(_log = server.Connect());

    protected override async Task<IEventLog> ReopenAsync()
    {
        await _log!.DisposeAsync();
        return await OpenAsync();
    }

    public override async Task DisposeAsync() => await _log!.DisposeAsync();
}

/// <summary>The same contract with a call for each append, as servers without batches have it.</summary>
[Collection(EsdbServerTests.Name)]
public sealed class EsdbEventLogWithoutBatchesContract(EsdbServer server) : EventLogContract
{
    private EsdbEventLog? _log;

    protected override int LargestAppend => EsdbLimits.LargestAppend;

    protected override Task<IEventLog> OpenAsync() => Task.FromResult<IEventLog>(_log = server.Connect(batches: false));

    protected override async Task<IEventLog> ReopenAsync()
    {
        await _log!.DisposeAsync();
        return await OpenAsync();
    }

    public override async Task DisposeAsync() => await _log!.DisposeAsync();
}

internal static class EsdbLimits
{
    /// <summary>A real server takes a mebibyte unless it is configured to take more (<c>--max-append-size</c>).</summary>
    public static int LargestAppend => EsdbServer.Real is null ? AppendLimits.Bytes : 1_000_000;
}
