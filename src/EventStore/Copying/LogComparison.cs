using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Copying;

/// <summary>Reads two logs side by side, event by event.</summary>
/// <param name="withTimes">Whether both must also say the same time at which an event was taken; not every engine can keep it.</param>
public sealed class LogComparison(IEventLog source, IEventLog target, bool withTimes)
{
    private const int PageSize = 1_000;

    /// <param name="upTo">What lies behind this place of the source is not compared.</param>
    /// <param name="compared">Told after each page: how many events were equal, and how far it has come in the source.</param>
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
        return withTimes && one.Created != other.Created ? "time" : null;
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
