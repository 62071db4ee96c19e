using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Contracts.Tests.Log;

public sealed class SqliteEventLogContract : EventLogContract
{
    private readonly TemporaryFolder _folder = new();
    private SqliteEventLog? _log;

    protected override Task<IEventLog> OpenAsync() => Task.FromResult<IEventLog>(_log = SqliteEventLog.Open(_folder.Path));

    protected override async Task<IEventLog> ReopenAsync()
    {
        await _log!.DisposeAsync();
        return await OpenAsync();
    }

    public override async Task DisposeAsync()
    {
        await _log!.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>The same contract with the index merged all the time and the write-ahead log always full.</summary>
public sealed class SqliteEventLogUnderMaintenanceContract : EventLogContract
{
    private readonly TemporaryFolder _folder = new();
    private SqliteEventLog? _log;

    protected override Task<IEventLog> OpenAsync() => Task.FromResult<IEventLog>(
        _log = SqliteEventLog.Open(_folder.Path, options: new SqliteEventLogOptions { PositionsInMemory = 4, CheckpointPages = 8 }));

    protected override async Task<IEventLog> ReopenAsync()
    {
        await _log!.DisposeAsync();
        return await OpenAsync();
    }

    public override async Task DisposeAsync()
    {
        await _log!.DisposeAsync();
        _folder.Dispose();
    }
}
