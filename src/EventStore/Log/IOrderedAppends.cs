namespace Cqrs.EventStore.Log;

/// <summary>
/// For whoever brings in a history, with many appends under way: a log of appends whose order is that of the calls, also
/// when the one before is not awaited. Every engine has it.
/// </summary>
public interface IOrderedAppends
{
    /// <summary>
    /// As <see cref="IEventLog.AppendAsync"/>, for one caller at a time. The call returns before anything is written; an
    /// append that fails is not repeated, since it would then come after those behind it.
    /// </summary>
    Task<Appended> AppendInOrderAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default);
}
