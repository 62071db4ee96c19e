using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.Log;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>The contract of the log on a server of EventStoreDB's protocol: our gateway, or the server that is named.</summary>
public abstract class EsdbContract(EsdbServer server, bool batches) : EventLogContract
{
    private readonly string _prefix = SharedServerLog.NewPrefix();
    private IAsyncDisposable? _log;

    protected override int LargestAppend => EsdbLimits.LargestAppend;

    protected override int LongestName => EsdbLimits.LongestName;

    protected override Task<IEventLog> OpenAsync()
    {
        var log = server.Connect(batches);
        _log = log;
        return Task.FromResult<IEventLog>(EsdbServer.Real is null ? log : new SharedServerLog(log, _prefix));
    }

    protected override async Task<IEventLog> ReopenAsync()
    {
        await _log!.DisposeAsync();
        return await OpenAsync();
    }

    public override async Task DisposeAsync() => await _log!.DisposeAsync();
}

[Collection(EsdbServerTests.Name)]
public sealed class EsdbEventLogContract(EsdbServer server) : EsdbContract(server, batches: true);

/// <summary>The same contract with one call per append, as for servers without batches.</summary>
[Collection(EsdbServerTests.Name)]
public sealed class EsdbEventLogWithoutBatchesContract(EsdbServer server) : EsdbContract(server, batches: false);

internal static class EsdbLimits
{
    /// <summary>A real server takes a mebibyte unless it is configured to take more (<c>--max-append-size</c>).</summary>
    public static int LargestAppend => EsdbServer.Real is null ? AppendLimits.Bytes : 1_000_000;

    public static int LongestName => EsdbServer.Real is null ? AppendLimits.StreamNameBytes : AppendLimits.StreamNameBytes - SharedServerLog.PrefixBytes;
}
