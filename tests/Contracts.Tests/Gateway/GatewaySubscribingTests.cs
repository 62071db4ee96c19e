using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using static Cqrs.Contracts.Tests.Gateway.Requests;
using Content = Cqrs.EventStore.EventStoreDb.Protocol.ReadResp.ContentOneofCase;
using Options = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>The messages of a subscription and their order.</summary>
public sealed class GatewaySubscribingTests(Face face) : IClassFixture<Face>
{
    [Fact]
    public async Task First_the_confirmation_then_what_is_there_then_that_it_is_all()
    {
        var stream = LogFixture.NewStream();
        await face.Log.AppendAsync(stream, LogFixture.Events(2));
        using var listener = await face.Client.ListenAsync(Subscribe(stream, options => options.Stream.Start = new()));
        (await listener.UntilAsync(IsCaughtUp)).Select(message => message.ContentCase)
            .ShouldBe([Content.Confirmation, Content.Event, Content.Event, Content.CaughtUp]);
        await face.Log.AppendAsync(stream, LogFixture.Event());
        (await listener.NextAsync()).Event.Event.StreamRevision.ShouldBe(2UL);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task From_the_end_there_is_nothing_but_what_comes(bool filtered)
    {
        await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Event());
        using var listener = await face.Client.ListenAsync(SubscribeAll(options =>
        {
            options.All = new() { End = new() };
            if (filtered) options.Filter = Filter(filter => filter.EventType = new() { Prefix = { "" } });
        }));
        (await listener.UntilAsync(IsCaughtUp)).Select(message => message.ContentCase).ShouldBe([Content.Confirmation, Content.CaughtUp]);
        var appended = await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Event());
        (await listener.UntilAsync(message => message.ContentCase == Content.Event))[^1].Event.CommitPosition.ShouldBe((ulong)appended.Position.Value);
    }

    [Fact]
    public async Task A_position_that_is_not_reached_yet_is_waited_for()
    {
        var stream = LogFixture.NewStream();
        await face.Log.AppendAsync(stream, LogFixture.Event());
        using var listener = await face.Client.ListenAsync(Subscribe(stream, options => options.Stream.Revision = 2));
        await listener.UntilAsync(IsCaughtUp);
        await face.Log.AppendAsync(stream, LogFixture.Events(3));
        (await listener.NextAsync()).Event.Event.StreamRevision.ShouldBe(3UL);
    }

    [Fact]
    public async Task Checkpoints_come_after_so_many_events_and_when_all_is_seen()
    {
        var start = await face.Log.HeadAsync();
        await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Events(100));
        var request = SubscribeAll(options =>
        {
            options.All = At(start);
            options.Filter = Filter(filter => (filter.StreamIdentifier, filter.Max, filter.CheckpointIntervalMultiplier) = (new() { Regex = "^absent" }, 5, 4));
        });
        using var listener = await face.Client.ListenAsync(request);
        var checkpoints = Checkpoints(await listener.UntilAsync(IsCaughtUp));
        checkpoints.Count.ShouldBeGreaterThanOrEqualTo(2, "one page has no more than 64 events at first");
        checkpoints[^1].ShouldBe((ulong)start.Value + 100);
        checkpoints.ShouldBeInOrder();

        for (var i = 0; i < 19; i++) await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Event());
        var last = await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Event());
        (await listener.UntilAsync(message => message.Checkpoint?.CommitPosition >= (ulong)last.Position.Value)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_stream_of_metadata_sends_its_last_version_and_then_every_new_one()
    {
        var stream = "$$" + LogFixture.NewStream();
        await face.Log.AppendAsync(stream, LogFixture.Events(40));
        using var listener = await face.Client.ListenAsync(Subscribe(stream, options => options.Stream.Start = new()));
        (await listener.UntilAsync(IsCaughtUp)).Select(message => message.ContentCase).ShouldBe([Content.Confirmation, Content.Event, Content.CaughtUp]);
        await face.Log.AppendAsync(stream, LogFixture.Events(2));
        (await listener.NextAsync()).Event.Event.StreamRevision.ShouldBe(40UL);
        (await listener.NextAsync()).Event.Event.StreamRevision.ShouldBe(41UL);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_falls_behind_gets_FellBehind_and_misses_nothing(bool all)
    {
        const int Count = 3_000;
        var stream = LogFixture.NewStream();
        await face.Log.AppendAsync(stream, LogFixture.Event());
        using var listener = await face.Client.ListenAsync(all
            ? SubscribeAll(options => (options.All, options.Filter) = (new() { End = new() }, Filter(filter => filter.StreamIdentifier = new() { Prefix = { stream } })))
            : Subscribe(stream, options => options.Stream.End = new()));
        await listener.UntilAsync(IsCaughtUp);

        // More than fits into what lies between the two, so that the face has to wait for its reader.
        var data = new string(' ', 1_000);
        for (var i = 0; i < Count / 100; i++)
            await face.Log.AppendAsync(stream, [.. Enumerable.Range(0, 100).Select(_ => LogFixture.Event(data: data))]);
        var messages = await listener.UntilAsync(message => message.Event?.Event.StreamRevision == Count);
        messages.ShouldContain(message => message.ContentCase == Content.FellBehind);
        messages.Where(message => message.ContentCase == Content.Event).Select(message => (int)message.Event.Event.StreamRevision)
            .ShouldBe(Enumerable.Range(1, Count));
        await listener.UntilAsync(IsCaughtUp);
    }

    private static ReadReq Subscribe(string stream, Action<Options> change) => ReadStream(stream, change: options =>
    {
        options.Subscription = new();
        change(options);
    });

    private static Options.Types.AllOptions At(LogPosition position) =>
        new() { Position = new() { CommitPosition = (ulong)position.Value, PreparePosition = (ulong)position.Value } };

    private static bool IsCaughtUp(ReadResp message) => message.ContentCase == Content.CaughtUp;

    private static List<ulong> Checkpoints(IEnumerable<ReadResp> messages) =>
        [.. messages.Where(message => message.ContentCase == Content.Checkpoint).Select(message => message.Checkpoint.CommitPosition)];
}
