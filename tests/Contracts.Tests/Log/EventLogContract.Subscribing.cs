using Cqrs.EventStore.Log;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

public abstract partial class EventLogContract
{
    [Fact]
    public async Task A_subscription_tells_what_is_there_and_then_what_comes()
    {
        var before = await Log.HeadAsync();
        var old = Events(5);
        var live = Events(3);
        await Log.AppendAsync(NewStream(), old);
        var appending = Task.CompletedTask;

        var told = await Log.SubscribeUntilAsync(
            (page, events) =>
            {
                // Caught up with the old ones: now come the live ones. It may say so more than once.
                if (page.IsEnd && events.Count == old.Length && appending == Task.CompletedTask) appending = Log.AppendAsync(NewStream(), live);
                return events.Count >= old.Length + live.Length;
            },
            before,
            pageSize: 2);

        await appending;
        told.Ids().ShouldBe(old.Concat(live).Ids());
    }

    [Fact]
    public async Task A_subscription_that_has_caught_up_says_so_also_when_nothing_matches()
    {
        await Log.AppendAsync(NewStream(), Events(3));
        var head = await Log.HeadAsync();
        var nothing = new LogFilter { Categories = ["none-such"] };

        var told = await Log.SubscribeUntilAsync((page, _) => page.IsEnd && page.Position >= head, filter: nothing);
        (await Log.SubscribeUntilAsync((page, _) => page.IsEnd, head)).ShouldBeEmpty();

        told.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_filtered_subscription_tells_how_far_it_has_seen_while_nothing_matches()
    {
        var category = "wanted" + Guid.NewGuid().ToString("N");
        await Log.AppendAsync($"{category}-1", Event());
        var target = LogPosition.End;
        var appending = Task.CompletedTask;

        var told = await Log.SubscribeUntilAsync(
            (page, _) =>
            {
                if (page.IsEnd && appending.IsCompletedSuccessfully && target == LogPosition.End) appending = AppendOtherAsync();
                return page.Position >= target;
            },
            filter: new LogFilter { Categories = [category] });

        await appending;
        told.Count.ShouldBe(1);

        async Task AppendOtherAsync() => target = (await Log.AppendAsync(NewStream(), Event())).Position;
    }

    [Fact]
    public async Task A_filtered_subscription_tells_only_what_matches()
    {
        var category = "wanted" + Guid.NewGuid().ToString("N");
        var wanted = Events(3);
        foreach (var e in wanted)
        {
            await Log.AppendAsync(NewStream(), Events(4));
            await Log.AppendAsync($"{category}-1", e);
        }

        var told = await Log.SubscribeUntilAsync((page, _) => page.IsEnd, filter: new LogFilter { Categories = [category] }, pageSize: 2);

        told.Ids().ShouldBe(wanted.Ids());
    }

    [Fact]
    public async Task A_cancelled_subscription_ends()
    {
        using var cancel = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var page in Log.SubscribeAsync(LogPosition.Start, cancel: cancel.Token))
                if (page.IsEnd) await cancel.CancelAsync();
        });
    }
}
