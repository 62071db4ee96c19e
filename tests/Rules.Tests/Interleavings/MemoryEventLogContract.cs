using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.Log;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>The log that these tests run on is one: it keeps the contract of all engines.</summary>
public sealed class MemoryEventLogContract : EventLogContract
{
    protected override Task<IEventLog> OpenAsync() => Task.FromResult<IEventLog>(new MemoryEventLog(TimeProvider.System));

    // Nothing outlives it; the contract's tests of reopening then say that nothing depends on what is cached.
    protected override Task<IEventLog> ReopenAsync() => Task.FromResult(Log);
}
