using Cqrs.EventStore.Log;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>
/// What every engine of the log guarantees. A derived class opens an empty log; the tests are spread over the parts of
/// this class: appending, repeating, reading, subscribing, crowds.
/// </summary>
public abstract partial class EventLogContract : IAsyncLifetime
{
    protected IEventLog Log { get; private set; } = null!;

    /// <summary>Bytes of the largest append that the engine takes; a server may be configured to take less than the port allows.</summary>
    protected virtual int LargestAppend => AppendLimits.Bytes;

    /// <summary>Bytes of the longest stream name that the log takes.</summary>
    protected virtual int LongestName => AppendLimits.StreamNameBytes;

    /// <summary>Opens a log without events (or one in which no other test writes meanwhile).</summary>
    protected abstract Task<IEventLog> OpenAsync();

    /// <summary>Closes the log and opens it again: what was answered must be there.</summary>
    protected abstract Task<IEventLog> ReopenAsync();

    public async Task InitializeAsync() => Log = await OpenAsync();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    protected async Task ReopenLogAsync() => Log = await ReopenAsync();
}
