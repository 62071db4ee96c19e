using System.Text;
using Cqrs.EventStore.Log;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>Short words for the tests of logs.</summary>
internal static class LogFixture
{
    /// <summary>Streams of this run alone, for engines whose log outlives it.</summary>
    private static readonly string Run = Guid.NewGuid().ToString("N")[..12];

    private static int s_streams;

    /// <summary>No test waits longer than this for what must come.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Looks again and again until it is so.</summary>
    public static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var often = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!isSo()) await often.WaitForNextTickAsync(patience.Token);
    }

    public static EventToAppend Event(string type = "happened.v1", string data = "{}", Guid? id = null, string metadata = "{}") =>
        new(id ?? Guid.NewGuid(), type, Encoding.UTF8.GetBytes(data), Encoding.UTF8.GetBytes(metadata));

    public static EventToAppend[] Events(int count) => [.. Enumerable.Range(0, count).Select(i => Event(data: $"{{\"n\":{i}}}"))];

    public static string NewStream(string category = "thing") => $"{category}-{Run}{Interlocked.Increment(ref s_streams)}";

    public static Task<Appended> AppendAsync(this IEventLog log, string stream, params EventToAppend[] events) =>
        log.AppendAsync(stream, ExpectedVersion.Any, events);

    public static IEnumerable<Guid> Ids(this IEnumerable<RecordedEvent> events) => events.Select(e => e.Id);

    public static IEnumerable<Guid> Ids(this IEnumerable<EventToAppend> events) => events.Select(e => e.Id);

    /// <summary>All events after a position that match, over as many pages as it takes.</summary>
    public static async Task<List<RecordedEvent>> ReadAllAsync(
        this IEventLog log, LogFilter? filter = null, int pageSize = 100, ReadDirection direction = ReadDirection.Forwards, LogPosition? from = null)
    {
        var events = new List<RecordedEvent>();
        var position = from ?? (direction == ReadDirection.Forwards ? LogPosition.Start : LogPosition.End);
        while (true)
        {
            var page = await log.ReadAllAsync(position, pageSize, filter, direction);
            page.Events.Count.ShouldBeLessThanOrEqualTo(pageSize);
            events.AddRange(page.Events);
            if (page.IsEnd) return events;
            page.Position.ShouldNotBe(position, "a page that is not the last must lead on");
            position = page.Position;
        }
    }

    /// <summary>What a subscription tells until the condition holds.</summary>
    public static async Task<List<RecordedEvent>> SubscribeUntilAsync(
        this IEventLog log, Func<LogPage, List<RecordedEvent>, bool> until, LogPosition after = default, LogFilter? filter = null, int pageSize = 512)
    {
        using var patience = new CancellationTokenSource(Patience);
        var events = new List<RecordedEvent>();
        var position = after;
        await foreach (var page in log.SubscribeAsync(after, filter, pageSize, patience.Token))
        {
            page.Events.Count.ShouldBeLessThanOrEqualTo(pageSize);
            page.Position.ShouldBeGreaterThanOrEqualTo(position);
            position = page.Position;
            events.AddRange(page.Events);
            if (until(page, events)) break;
        }

        return events;
    }

    public static void ShouldBeInOrder(this IReadOnlyList<RecordedEvent> events) =>
        events.Zip(events.Skip(1)).ShouldAllBe(pair => pair.First.Position < pair.Second.Position);
}
