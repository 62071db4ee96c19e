using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.EventStore.Copying;

/// <summary>
/// Copies a log into another one, of any engine: the same events under the same ids, in the same streams and versions,
/// in the same order, with the same times. A copy that was interrupted continues: the newest event of the target is
/// looked up in the source.
/// </summary>
/// <param name="times">Receives the time of each event before the event is appended.</param>
public sealed class LogCopy(IEventLog source, IEventLog target, CopiedTimes times)
{
    private const int PageSize = 1_000;
    private const int MaxEvents = 500;
    private const int MaxBytes = 512 * 1024;

    private readonly IOrderedAppends _appends = (IOrderedAppends)target;

    /// <summary>Copies up to a place of the source.</summary>
    /// <param name="upTo">The head of the source when the copy began.</param>
    /// <param name="copied">Called after each page with the number of events copied by this call, and the position reached in the source.</param>
    /// <exception cref="LogsDifferException">The target holds something else than the beginning of the source.</exception>
    public async Task RunAsync(LogPosition upTo, Action<long, LogPosition> copied, CancellationToken cancel)
    {
        var position = await ResumeAsync(cancel);
        var count = 0L;
        while (position < upTo)
        {
            cancel.ThrowIfCancellationRequested();
            var page = await source.ReadAllAsync(position, PageSize, cancel: cancel);
            var events = page.Events.Where(e => e.Position <= upTo).ToList();
            await AppendPageAsync(events);
            count += events.Count;
            position = page.Position;
            copied(count, position);
            if (page.IsEnd || page.Position >= upTo) break;
        }
    }

    /// <summary>Where in the source the target's newest event lies.</summary>
    private async Task<LogPosition> ResumeAsync(CancellationToken cancel)
    {
        var newest = await target.ReadAllAsync(LogPosition.End, 1, direction: ReadDirection.Backwards, cancel: cancel);
        if (newest.Events is not [var last]) return LogPosition.Start;
        var slice = await source.ReadStreamAsync(last.Stream, last.Version, 1, cancel: cancel);
        return slice.Events is [var same] && same.Id == last.Id
            ? same.Position
            : throw new LogsDifferException($"The target's newest event, {last.Stream}@{last.Version}, is not in the source: it holds another log. Copy into an empty one.");
    }

    private async Task AppendPageAsync(List<RecordedEvent> events)
    {
        var appends = new List<Task<Appended>>();
        try
        {
            foreach (var run in Runs(events)) appends.Add(AppendRunAsync(run));
            await Task.WhenAll(appends);
        }
        catch (WrongExpectedVersionException e)
        {
            throw new LogsDifferException(
                e.Actual == StreamVersion.None
                    ? $"Stream {e.Stream} begins at version {e.Expected.Value + 1} in the source, which was cut there; its versions cannot be kept."
                    : $"Stream {e.Stream} has other events in the target: another program writes to it, or an earlier copy broke in the middle. Copy into an empty log that no other program writes to.");
        }
        finally
        {
            times.Forget();
        }
    }

    private Task<Appended> AppendRunAsync(List<RecordedEvent> run)
    {
        var appended = new EventToAppend[run.Count];
        for (var i = 0; i < appended.Length; i++)
        {
            times.Note(run[i]);
            appended[i] = new(run[i].Id, run[i].Type, run[i].Data, run[i].Metadata, run[i].IsJson);
        }

        return _appends.AppendInOrderAsync(run[0].Stream, ExpectedVersion.Exactly(run[0].Version - 1), appended, CancellationToken.None);
    }

    /// <summary>Successive events of one stream and one time become one append.</summary>
    private static IEnumerable<List<RecordedEvent>> Runs(List<RecordedEvent> events)
    {
        var run = new List<RecordedEvent>();
        var bytes = 0;
        foreach (var e in events)
        {
            var size = e.Data.Length + e.Metadata.Length;
            if (run.Count > 0 && (e.Stream != run[0].Stream || EventMetadata.TimeOf(e) != EventMetadata.TimeOf(run[0]) || run.Count == MaxEvents || bytes + size > MaxBytes))
            {
                yield return run;
                (run, bytes) = ([], 0);
            }

            run.Add(e);
            bytes += size;
        }

        if (run.Count > 0) yield return run;
    }
}

/// <summary>
/// Times of the events that are being copied, for a target that can keep them: the time that an event carries itself,
/// or, without one, the time that the source noted.
/// </summary>
public sealed class CopiedTimes
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<Guid, DateTimeOffset> _times = new();

    /// <summary>For <c>SqliteEventLogOptions.TakenAt</c>.</summary>
    public DateTimeOffset Of(EventToAppend e) => _times[e.Id];

    internal void Note(RecordedEvent e) => _times[e.Id] = EventMetadata.TimeOf(e);

    internal void Forget() => _times.Clear();
}

/// <summary>Two logs are not the same, or not the beginning of each other; the message says where, and what to do.</summary>
public sealed class LogsDifferException(string message) : Exception(message);
