using Cqrs.EventStore.Log;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

public abstract partial class EventLogContract
{
    [Fact]
    public async Task A_missing_stream_is_an_empty_slice()
    {
        foreach (var direction in Enum.GetValues<ReadDirection>())
        {
            var slice = await Log.ReadStreamAsync(NewStream(), direction == ReadDirection.Forwards ? 0 : StreamVersion.End, 10, direction);
            slice.Events.ShouldBeEmpty();
            slice.LastVersion.ShouldBe(StreamVersion.None);
            slice.IsEnd.ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(0, 3, new long[] { 0, 1, 2 }, false)]
    [InlineData(7, 3, new long[] { 7, 8, 9 }, true)]
    [InlineData(7, 2, new long[] { 7, 8 }, false)]
    [InlineData(9, 100, new long[] { 9 }, true)]
    [InlineData(10, 5, new long[0], true)]
    [InlineData(99, 5, new long[0], true)]
    public async Task A_stream_is_read_forwards(long from, int count, long[] versions, bool end)
    {
        var stream = await TenEventsAmongOthersAsync();

        var slice = await Log.ReadStreamAsync(stream, from, count);

        slice.Events.Select(e => e.Version).ShouldBe(versions);
        slice.LastVersion.ShouldBe(9);
        slice.IsEnd.ShouldBe(end);
    }

    [Theory]
    [InlineData(StreamVersion.End, 3, new long[] { 9, 8, 7 }, false)]
    [InlineData(9, 2, new long[] { 9, 8 }, false)]
    [InlineData(50, 2, new long[] { 9, 8 }, false)]
    [InlineData(2, 3, new long[] { 2, 1, 0 }, true)]
    [InlineData(2, 100, new long[] { 2, 1, 0 }, true)]
    public async Task A_stream_is_read_backwards(long from, int count, long[] versions, bool end)
    {
        var stream = await TenEventsAmongOthersAsync();

        var slice = await Log.ReadStreamAsync(stream, from, count, ReadDirection.Backwards);

        slice.Events.Select(e => e.Version).ShouldBe(versions);
        slice.LastVersion.ShouldBe(9);
        slice.IsEnd.ShouldBe(end);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    public async Task All_events_are_read_in_log_order_both_ways(int pageSize)
    {
        var sent = new List<Guid>();
        var before = await Log.HeadAsync();
        for (var i = 0; i < 20; i++)
        {
            var events = Events((i % 3) + 1);
            await Log.AppendAsync(NewStream(), events);
            sent.AddRange(events.Ids());
        }

        var forwards = await Log.ReadAllAsync(pageSize: pageSize, from: before);
        forwards.Ids().ShouldBe(sent);
        forwards.ShouldBeInOrder();
        var backwards = await Log.ReadAllAsync(pageSize: pageSize, direction: ReadDirection.Backwards);
        backwards.Take(sent.Count).Ids().ShouldBe(sent.AsEnumerable().Reverse());
    }

    [Fact]
    public async Task Reading_begins_after_the_position_and_backwards_before_it()
    {
        await Log.AppendAsync(NewStream(), Events(5));
        var events = await Log.ReadAllAsync();
        var middle = events[^3].Position;

        (await Log.ReadAllAsync(from: middle)).Ids().ShouldBe(events.TakeLast(2).Ids());
        (await Log.ReadAllAsync(middle, 1, direction: ReadDirection.Backwards)).Events.Ids().ShouldBe([events[^4].Id]);
        (await Log.ReadAllAsync(LogPosition.Start, 1, direction: ReadDirection.Backwards)).IsEnd.ShouldBeTrue();
        var atEnd = await Log.ReadAllAsync(events[^1].Position, 10);
        atEnd.Events.ShouldBeEmpty();
        atEnd.IsEnd.ShouldBeTrue();
        atEnd.Position.ShouldBe(events[^1].Position);
    }

    [Fact]
    public async Task A_filter_asks_for_category_type_and_prefix_together()
    {
        // Categories of this test alone, for engines whose log is shared.
        var (a, b) = ("a" + Guid.NewGuid().ToString("N"), "b" + Guid.NewGuid().ToString("N"));
        var sent = new Dictionary<string, Guid>();
        foreach (var stream in new[] { $"{a}-1", $"{a}-2x", $"{b}-1", $"{b}-2x", a, $"{a}x-1" })
        {
            foreach (var type in new[] { "one", "two" })
            {
                var e = Event(type);
                await Log.AppendAsync(stream, e);
                sent[$"{stream} {type}"] = e.Id;
            }
        }

        await Finds(new LogFilter { Categories = [a] }, $"{a}-1 one", $"{a}-1 two", $"{a}-2x one", $"{a}-2x two", $"{a} one", $"{a} two");
        await Finds(new LogFilter { Categories = [a, b, "none"], Types = ["two"] }, $"{a}-1 two", $"{a}-2x two", $"{b}-1 two", $"{b}-2x two", $"{a} two");
        await Finds(new LogFilter { StreamPrefixes = [$"{a}-2", $"{b}-1"] }, $"{a}-2x one", $"{a}-2x two", $"{b}-1 one", $"{b}-1 two");
        await Finds(new LogFilter { StreamPrefixes = [a], Categories = [$"{a}x"], Types = ["one", "none"] }, $"{a}x-1 one");
        await Finds(new LogFilter { Categories = ["none-such"] });
        await Finds(new LogFilter { StreamPrefixes = [$"{a}-%"] });

        async Task Finds(LogFilter filter, params string[] keys)
        {
            var expected = keys.Select(key => sent[key]).ToList();
            (await Log.ReadAllAsync(filter)).Ids().ShouldBe(expected);
            (await Log.ReadAllAsync(filter, pageSize: 1)).Ids().ShouldBe(expected);
            expected.Reverse();
            (await Log.ReadAllAsync(filter, direction: ReadDirection.Backwards)).Ids().ShouldBe(expected);
        }
    }

    [Fact]
    public async Task A_category_that_begins_later_is_found()
    {
        var category = "late" + Guid.NewGuid().ToString("N");
        var filter = new LogFilter { Categories = [category] };
        await Log.AppendAsync(NewStream(), Event());
        (await Log.ReadAllAsync(filter)).ShouldBeEmpty();

        var e = Event();
        await Log.AppendAsync($"{category}-1", e);

        (await Log.ReadAllAsync(filter)).Ids().ShouldBe([e.Id]);
    }

    [Fact]
    public async Task Counts_below_one_are_refused()
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await Log.ReadStreamAsync("s", 0, 0));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await Log.ReadAllAsync(LogPosition.Start, 0));
    }

    private async Task<string> TenEventsAmongOthersAsync()
    {
        var stream = NewStream();
        for (var i = 0; i < 5; i++)
        {
            await Log.AppendAsync(stream, Events(2));
            await Log.AppendAsync(NewStream(), Events(2));
        }

        return stream;
    }
}
