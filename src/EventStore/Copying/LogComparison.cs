using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.EventStore.Copying;

/// <summary>
/// Reads a log and its copy side by side, event by event. The times are compared, too: the copy must have as
/// <see cref="RecordedEvent.Created"/> the time that the event carries itself, or the source's time when it carries none.
/// </summary>
/// <param name="keepsTimes">
/// Whether the target can keep the time of an event that carries none itself. Where it cannot, such events are counted in
/// <see cref="WithoutTimes"/>.
/// </param>
public sealed class LogComparison(IEventLog source, IEventLog target, bool keepsTimes)
{
    private const int PageSize = 1_000;

    /// <summary>Events whose time the target could not keep: they carry none, and the target notes when it took them.</summary>
    public long WithoutTimes { get; private set; }

    /// <param name="upTo">Events of the source after this position are not compared.</param>
    /// <param name="compared">Called after each page with the number of equal events, and the position reached in the source.</param>
    /// <returns>How many events there are, all equal.</returns>
    /// <exception cref="LogsDifferException">The first difference.</exception>
    public async Task<long> RunAsync(LogPosition upTo, Action<long, LogPosition> compared, CancellationToken cancel)
    {
        await using var ours = Events(target, LogPosition.End, cancel).GetAsyncEnumerator(cancel);
        var count = 0L;
        await foreach (var e in Events(source, upTo, cancel))
        {
            if (!await ours.MoveNextAsync()) throw new LogsDifferException($"The target ends before {e.Stream}@{e.Version}, event {count + 1} of the source.");
            if (Difference(e, ours.Current) is { } difference)
                throw new LogsDifferException($"Event {count + 1} differs in {difference}: {e.Stream}@{e.Version} in the source, {ours.Current.Stream}@{ours.Current.Version} in the target. Copy into an empty log.");
            if (++count % PageSize == 0) compared(count, e.Position);
        }

        if (await ours.MoveNextAsync())
            throw new LogsDifferException($"The target has more than the source: {ours.Current.Stream}@{ours.Current.Version} comes after its end.");
        return count;
    }

    private string? Difference(RecordedEvent one, RecordedEvent other)
    {
        if (one.Id != other.Id) return "id";
        if (one.Stream != other.Stream || one.Version != other.Version) return "place";
        if (one.Type != other.Type || one.IsJson != other.IsJson) return "type";
        if (!one.Data.Span.SequenceEqual(other.Data.Span)) return "data";
        if (!one.Metadata.Span.SequenceEqual(other.Metadata.Span)) return "metadata";
        return TimeDiffers(one, other) ? "time" : null;
    }

    private bool TimeDiffers(RecordedEvent one, RecordedEvent other)
    {
        if (other.Created == EventMetadata.TimeOf(one)) return false;
        if (keepsTimes || OwnTime.Of(one.Metadata.Span) is not null) return true;
        WithoutTimes++;
        return false;
    }

    private static async IAsyncEnumerable<RecordedEvent> Events(
        IEventLog log, LogPosition upTo, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var position = LogPosition.Start;
        while (position < upTo)
        {
            var page = await log.ReadAllAsync(position, PageSize, cancel: cancel);
            foreach (var e in page.Events)
            {
                if (e.Position > upTo) yield break;
                yield return e;
            }

            if (page.IsEnd) yield break;
            position = page.Position;
        }
    }
}
