namespace Cqrs.EventStore.Log;

/// <summary>
/// The log: streams of events, all of them also in one order. Engines differ (<c>sqlite</c>, EventStoreDB), their
/// behaviour does not: one contract test suite runs against each.
/// </summary>
public interface IEventLog
{
    /// <summary>
    /// Appends the events to the end of the stream, all or none, and answers when they are durable.
    /// Events already there by id, at the place where they would have gone, are recognised: the append then answers
    /// as it did the first time and writes nothing.
    /// </summary>
    /// <exception cref="WrongExpectedVersionException">The stream is at another version.</exception>
    Task<Appended> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default);

    /// <summary>
    /// Up to <paramref name="maxCount"/> events of one stream, from <paramref name="fromVersion"/> (inclusive) on,
    /// or back. Backwards, <see cref="StreamVersion.End"/> means the newest event. A missing stream answers an empty slice with
    /// <see cref="StreamSlice.LastVersion"/> −1.
    /// </summary>
    ValueTask<StreamSlice> ReadStreamAsync(
        string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default);

    /// <summary>
    /// Events of all streams in log order, that lie after <paramref name="from"/> (or, backwards, before it) and match
    /// the filter; at most <paramref name="maxCount"/> of them. A page may be empty and yet not the last.
    /// </summary>
    ValueTask<LogPage> ReadAllAsync(
        LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default);

    /// <summary>
    /// Everything after <paramref name="after"/> that matches, in log order, without gaps or repeats: first what is
    /// already there, then what comes, until cancelled. Pages are as large as what is waiting allows, up to
    /// <paramref name="maxPageSize"/>. While nothing matches, pages without events tell how far the log has been seen.
    /// <see cref="LogPage.IsEnd"/> is set on each page that reaches the end of the log as it then was (caught up).
    /// </summary>
    IAsyncEnumerable<LogPage> SubscribeAsync(
        LogPosition after, LogFilter? filter = null, int maxPageSize = 512, CancellationToken cancel = default);

    /// <summary>The position of the newest event; <see cref="LogPosition.Start"/> for an empty log.</summary>
    ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default);

    /// <summary>
    /// The position of the newest record that the engine holds, its own records included: no reader was ever given a
    /// position beyond it. The same as <see cref="HeadAsync"/> where the engine keeps no records of its own.
    /// </summary>
    ValueTask<LogPosition> EndAsync(CancellationToken cancel = default) => HeadAsync(cancel);
}
