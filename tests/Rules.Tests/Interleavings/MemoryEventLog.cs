using System.Runtime.CompilerServices;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>The log in memory, for tests. Keeps the contract of all engines, and answers at once.</summary>
public sealed class MemoryEventLog(TimeProvider clock) : IEventLog
{
    private readonly Lock _lock = new();
    private readonly List<RecordedEvent> _all = [];
    private readonly Dictionary<string, List<RecordedEvent>> _streams = new(StringComparer.Ordinal);
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Told of each append, before anybody reads it.</summary>
    public Action<IReadOnlyList<RecordedEvent>>? OnAppended { get; set; }

    public Task<Appended> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default)
    {
        if (cancel.IsCancellationRequested) return Task.FromCanceled<Appended>(cancel);
        try
        {
            return Task.FromResult(Append(stream, expected, events));
        }
        catch (Exception e)
        {
            return Task.FromException<Appended>(e);
        }
    }

    public Appended Append(string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events)
    {
        AppendLimits.Check(stream, events);
        if (expected.Value < -2 && expected != ExpectedVersion.StreamExists) throw new ArgumentOutOfRangeException(nameof(expected));
        TaskCompletionSource moved;
        Appended appended;
        lock (_lock)
        {
            var there = _streams.GetValueOrDefault(stream) ?? [];
            if (Judge(stream, expected, events, there) is { } first) return first;

            _streams[stream] = there;
            var created = OwnTime.Of(events[0].Metadata.Span) ?? clock.GetUtcNow();
            var added = events.Select((e, i) => new RecordedEvent(
                new(_all.Count + 1 + i), stream, there.Count + i, e.Id, e.Type, created, e.Data, e.Metadata, e.IsJson)).ToList();
            there.AddRange(added);
            _all.AddRange(added);
            OnAppended?.Invoke(added);
            appended = new(there.Count - 1, added[^1].Position, AlreadyThere: false);
            (moved, _moved) = (_moved, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        moved.SetResult();
        return appended;
    }

    public ValueTask<StreamSlice> ReadStreamAsync(
        string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        lock (_lock)
        {
            if (!_streams.TryGetValue(stream, out var there)) return new(new StreamSlice([], StreamVersion.None, IsEnd: true));
            var last = there.Count - 1;
            if (direction == ReadDirection.Forwards)
            {
                var slice = fromVersion > last ? [] : there.Skip((int)fromVersion).Take(maxCount).ToList();
                return new(new StreamSlice(slice, last, fromVersion + slice.Count > last));
            }

            var from = (int)Math.Min(fromVersion, last);
            var back = Enumerable.Range(0, Math.Min(maxCount, from + 1)).Select(i => there[from - i]).ToList();
            return new(new StreamSlice(back, last, from - back.Count < 0));
        }
    }

    public ValueTask<LogPage> ReadAllAsync(
        LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        lock (_lock) return new(direction == ReadDirection.Forwards ? Forwards(from, maxCount, filter) : Backwards(from, maxCount, filter));
    }

    public async IAsyncEnumerable<LogPage> SubscribeAsync(
        LogPosition after, LogFilter? filter = null, int maxPageSize = 512, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            Task moved;
            LogPage page;
            lock (_lock) (moved, page) = (_moved.Task, Forwards(after, maxPageSize, filter));
            after = page.Position;
            yield return page;
            if (page.IsEnd) await moved.WaitAsync(cancel);
        }
    }

    public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default)
    {
        lock (_lock) return new(new LogPosition(_all.Count));
    }

    /// <summary>The first answer where the events are there already; null where they are to be appended.</summary>
    private static Appended? Judge(string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, List<RecordedEvent> there)
    {
        var last = there.Count - 1;
        if (expected.Value < -1)
        {
            if (last < 0) return expected == ExpectedVersion.Any ? null : throw new WrongExpectedVersionException(stream, expected, last);
            if (!there.Exists(e => e.Id == events[0].Id)) return null;
            if (events.Any(one => !there.Exists(e => e.Id == one.Id))) throw new WrongExpectedVersionException(stream, expected, last);
            var known = there.FindLast(e => e.Id == events[^1].Id)!;
            return new(known.Version, known.Position, AlreadyThere: true);
        }

        if (expected.Value == last) return null;
        var at = expected.Value > last ? there.Count : (int)expected.Value + 1;
        if (!there.Skip(at).Take(events.Count).Select(e => e.Id).SequenceEqual(events.Select(e => e.Id)))
            throw new WrongExpectedVersionException(stream, expected, last);
        var end = at + events.Count - 1;
        return new(end, there[end].Position, AlreadyThere: true);
    }

    private LogPage Forwards(LogPosition from, int maxCount, LogFilter? filter)
    {
        var head = _all.Count;
        if (from.Value >= head) return new([], from, IsEnd: true);
        var events = _all.Skip((int)from.Value).Where(e => Matches(filter, e)).Take(maxCount).ToList();
        var seen = events.Count == maxCount ? events[^1].Position.Value : head;
        return new(events, new(seen), seen == head);
    }

    private LogPage Backwards(LogPosition from, int maxCount, LogFilter? filter)
    {
        var before = (int)Math.Min(from.Value, _all.Count + 1);
        var events = _all.Take(Math.Max(0, before - 1)).Reverse().Where(e => Matches(filter, e)).Take(maxCount).ToList();
        var seen = events.Count == maxCount ? events[^1].Position : LogPosition.Start;
        return new(events, seen, seen.Value <= 1);
    }

    private static bool Matches(LogFilter? filter, RecordedEvent e) =>
        filter is null
        || ((filter.Categories.Count == 0 || filter.Categories.Contains(LogCategory.Of(e.Stream).ToString()))
            && (filter.Types.Count == 0 || filter.Types.Contains(e.Type))
            && (filter.StreamPrefixes.Count == 0 || filter.StreamPrefixes.Any(prefix => e.Stream.StartsWith(prefix, StringComparison.Ordinal))));
}
