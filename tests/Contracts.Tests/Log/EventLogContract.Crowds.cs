using Cqrs.EventStore.Log;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

public abstract partial class EventLogContract
{
    private const int Writers = 64;

    [Fact]
    public async Task Of_64_writers_exactly_one_wins_each_version()
    {
        var stream = NewStream();
        const int versions = 20;
        var wins = new int[versions];

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (var version = 0; version < versions; version++)
            {
                try
                {
                    await Log.AppendAsync(stream, ExpectedVersion.Exactly(version - 1), [Event()]);
                    Interlocked.Increment(ref wins[version]);
                }
                catch (WrongExpectedVersionException e)
                {
                    e.Actual.ShouldBeGreaterThanOrEqualTo(version);
                }
            }
        })));

        wins.ShouldAllBe(count => count == 1);
        (await Log.ReadStreamAsync(stream, 0, 100)).Events.Select(e => e.Version).ShouldBe(Enumerable.Range(0, versions).Select(v => (long)v));
    }

    [Fact]
    public async Task Appends_of_a_crowd_stay_whole_and_side_by_side()
    {
        var before = await Log.HeadAsync();
        var sent = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var mine = new List<EventToAppend>();
            var stream = NewStream("crowd");
            for (var i = 0; i < 10; i++)
            {
                var events = Events((i % 4) + 1);
                var appended = await Log.AppendAsync(stream, ExpectedVersion.Exactly(mine.Count - 1), events);
                mine.AddRange(events);
                appended.LastVersion.ShouldBe(mine.Count - 1);
            }

            return (Stream: stream, Events: mine);
        })));

        var all = await Log.ReadAllAsync(from: before);
        all.ShouldBeInOrder();
        all.Count.ShouldBe(sent.Sum(s => s.Events.Count));
        foreach (var (stream, events) in sent)
        {
            all.Where(e => e.Stream == stream).Ids().ShouldBe(events.Ids());
            (await Log.ReadStreamAsync(stream, 0, 1_000)).Events.Ids().ShouldBe(events.Ids());
        }
    }

    [Fact]
    public async Task Subscribers_who_come_at_any_time_see_each_event_once_in_order_while_a_crowd_writes()
    {
        var before = await Log.HeadAsync();
        const int perWriter = 25;
        const int total = Writers * perWriter;
        var started = 0;
        var appended = 0;
        var writing = Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < perWriter; i++)
            {
                await Log.AppendAsync(NewStream("crowd"), Event());
                Interlocked.Increment(ref appended);
            }
        })).ToList();

        var subscribers = new List<Task<List<RecordedEvent>>>();
        foreach (var share in new[] { 0, 3, 10, 30, 60, 90, 100 })
        {
            await Until(() => Volatile.Read(ref appended) >= total * share / 100);
            var from = started++ % 2 == 0 ? before : await Log.HeadAsync();
            subscribers.Add(Task.Run(async () =>
            {
                var head = (await Log.ReadAllAsync(from: before)).Count(e => e.Position <= from);
                return await Log.SubscribeUntilAsync((_, events) => events.Count >= total - head, from, pageSize: 64);
            }));
        }

        await Task.WhenAll(writing);
        var told = await Task.WhenAll(subscribers);

        var all = await Log.ReadAllAsync(from: before);
        all.Count.ShouldBe(total);
        foreach (var events in told)
        {
            events.ShouldBeInOrder();
            events.Ids().ShouldBe(all.TakeLast(events.Count).Ids());
        }
    }

    [Fact]
    public async Task Readers_never_see_a_later_event_before_an_earlier_one()
    {
        var before = await Log.HeadAsync();
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++) await Log.AppendAsync(NewStream("crowd"), Event());
        })));

        var seen = new List<Guid>();
        while (true)
        {
            var last = writing.IsCompleted;
            var now = (await Log.ReadAllAsync(from: before, pageSize: 2_000)).Ids().ToList();
            now.Take(seen.Count).ShouldBe(seen);
            seen = now;
            if (last) break;
        }

        await writing;
        seen.Count.ShouldBe(Writers * 20);
    }

    // Looks without a pause, unlike UntilAsync: a crowd is done within milliseconds.
    private static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
