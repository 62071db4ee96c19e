using Cqrs.EventStore.Log;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

public abstract partial class EventLogContract
{
    [Fact]
    public async Task The_first_append_begins_a_stream_at_version_0()
    {
        var stream = NewStream();
        var before = await Log.HeadAsync();

        var appended = await Log.AppendAsync(stream, ExpectedVersion.NoStream, [Event()]);

        appended.LastVersion.ShouldBe(0);
        appended.AlreadyThere.ShouldBeFalse();
        appended.Position.ShouldBeGreaterThan(before);
        (await Log.HeadAsync()).ShouldBe(appended.Position);
    }

    [Fact]
    public async Task An_event_comes_back_as_it_went_in()
    {
        var stream = NewStream("grüße");
        var sent = new EventToAppend(Guid.NewGuid(), "happened.v7", new byte[] { 0, 1, 255 }, new byte[] { 9 }, IsJson: false);
        var json = Event("other.v1", """{"ü":"€"}""", metadata: """{"a":1}""");
        var empty = new EventToAppend(Guid.NewGuid(), "empty.v1", ReadOnlyMemory<byte>.Empty, ReadOnlyMemory<byte>.Empty);
        var started = DateTimeOffset.UtcNow;

        var appended = await Log.AppendAsync(stream, ExpectedVersion.NoStream, [sent, json, empty]);

        var slice = await Log.ReadStreamAsync(stream, 0, 10);
        var all = (await Log.ReadAllAsync()).Where(e => e.Stream == stream).ToList();
        foreach (var events in new[] { slice.Events, all })
        {
            events.Count.ShouldBe(3);
            events.Select(e => e.Version).ShouldBe([0, 1, 2]);
            events.ShouldAllBe(e => e.Stream == stream);
            events.ShouldAllBe(e => e.Created >= started.AddSeconds(-5) && e.Created <= DateTimeOffset.UtcNow.AddSeconds(5));
            events.ShouldAllBe(e => e.Created.Offset == TimeSpan.Zero);
            foreach (var (e, original) in events.Zip([sent, json, empty]))
            {
                e.Id.ShouldBe(original.Id);
                e.Type.ShouldBe(original.Type);
                e.IsJson.ShouldBe(original.IsJson);
                e.Data.ToArray().ShouldBe(original.Data.ToArray());
                e.Metadata.ToArray().ShouldBe(original.Metadata.ToArray());
            }

            events[^1].Position.ShouldBe(appended.Position);
        }
    }

    [Fact]
    public async Task An_event_whose_metadata_hold_its_time_was_created_then()
    {
        var stream = NewStream();
        var before = await Log.HeadAsync();
        var time = new DateTimeOffset(2025, 2, 3, 4, 5, 6, 789, TimeSpan.Zero);
        await Log.AppendAsync(stream, ExpectedVersion.NoStream, [Event(metadata: """{"at":"2025-02-03T04:05:06.789Z"}""")]);

        (await Log.ReadStreamAsync(stream, 0, 1)).Events[0].Created.ShouldBe(time);
        (await Log.ReadAllAsync(from: before)).Single(e => e.Stream == stream).Created.ShouldBe(time);
        (await Log.SubscribeUntilAsync((_, events) => events.Count > 0, before)).Single(e => e.Stream == stream).Created.ShouldBe(time);
    }

    [Fact]
    public async Task Each_expectation_holds_exactly_when_it_is_true()
    {
        var stream = NewStream();
        await Refused(ExpectedVersion.StreamExists, -1);
        await Refused(ExpectedVersion.Exactly(0), -1);
        (await Log.AppendAsync(stream, ExpectedVersion.Exactly(-1), [Event()])).LastVersion.ShouldBe(0);
        await Refused(ExpectedVersion.NoStream, 0);
        await Refused(ExpectedVersion.Exactly(1), 0);
        (await Log.AppendAsync(stream, ExpectedVersion.StreamExists, [Event()])).LastVersion.ShouldBe(1);
        (await Log.AppendAsync(stream, ExpectedVersion.Any, [Event()])).LastVersion.ShouldBe(2);
        (await Log.AppendAsync(stream, ExpectedVersion.Exactly(2), Events(3))).LastVersion.ShouldBe(5);
        await Refused(ExpectedVersion.Exactly(4), 5);
        (await Log.ReadStreamAsync(stream, 0, 100)).Events.Count.ShouldBe(6);

        async Task Refused(ExpectedVersion expected, long actual)
        {
            var refusal = await Should.ThrowAsync<WrongExpectedVersionException>(Log.AppendAsync(stream, expected, [Event()]));
            refusal.Stream.ShouldBe(stream);
            refusal.Expected.ShouldBe(expected);
            refusal.Actual.ShouldBe(actual);
        }
    }

    [Fact]
    public async Task A_refused_append_writes_nothing()
    {
        var stream = NewStream();
        await Log.AppendAsync(stream, Event());
        var head = await Log.HeadAsync();

        await Should.ThrowAsync<WrongExpectedVersionException>(Log.AppendAsync(stream, ExpectedVersion.NoStream, Events(5)));

        (await Log.HeadAsync()).ShouldBe(head);
        (await Log.ReadStreamAsync(stream, 0, 10)).Events.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_answered_is_there_after_reopening()
    {
        var stream = NewStream();
        var events = Events(3);
        var appended = await Log.AppendAsync(stream, events);

        await ReopenLogAsync();

        (await Log.ReadStreamAsync(stream, 0, 10)).Events.Ids().ShouldBe(events.Ids());
        (await Log.HeadAsync()).ShouldBeGreaterThanOrEqualTo(appended.Position);
        (await Log.AppendAsync(stream, ExpectedVersion.Exactly(2), [Event()])).LastVersion.ShouldBe(3);
        (await Log.AppendAsync(NewStream(), ExpectedVersion.NoStream, [Event()])).Position.ShouldBeGreaterThan(appended.Position);
    }

    [Fact]
    public async Task Limits_refuse_with_a_code()
    {
        var fits = new string('s', LongestName - 20) + Guid.NewGuid().ToString("N")[..20];
        (await Log.AppendAsync(fits, Event())).LastVersion.ShouldBe(0);
        (await Log.AppendAsync(NewStream(), Events(AppendLimits.Events))).LastVersion.ShouldBe(AppendLimits.Events - 1);

        await Refused(EventLogErrors.BadStreamName, "", Event());
        await Refused(EventLogErrors.BadStreamName, new string('ü', 513), Event());
        await Refused(EventLogErrors.BadStreamName, "a\0b", Event());
        await Refused(EventLogErrors.BadEventType, "s", Event(type: ""));
        await Refused(EventLogErrors.BadEventType, "s", Event(type: new string('t', AppendLimits.EventTypeBytes + 1)));
        await Refused(EventLogErrors.BadEventCount, "s");
        await Refused(EventLogErrors.BadEventCount, "s", Events(AppendLimits.Events + 1));
        await Refused(EventLogErrors.AppendTooLarge, "s", Event() with { Data = new byte[AppendLimits.Bytes] });
        await Should.ThrowAsync<ArgumentOutOfRangeException>(Log.AppendAsync("s", new ExpectedVersion(-3), [Event()]));
        (await Log.ReadStreamAsync("s", 0, 1)).LastVersion.ShouldBe(StreamVersion.None);

        async Task Refused(string code, string stream, params EventToAppend[] events) =>
            (await Should.ThrowAsync<InvalidAppendException>(Log.AppendAsync(stream, events))).Code.ShouldBe(code);
    }

    [Fact]
    public async Task A_large_append_comes_back_whole()
    {
        var stream = NewStream();
        var data = new byte[LargestAppend - 2];
        new Random(7).NextBytes(data);

        await Log.AppendAsync(stream, Event(metadata: "{}") with { Data = data });

        (await Log.ReadStreamAsync(stream, 0, 1)).Events[0].Data.Span.SequenceEqual(data).ShouldBeTrue();
    }

    [Fact]
    public async Task A_cancelled_caller_appends_nothing()
    {
        var stream = NewStream();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(Log.AppendAsync(stream, ExpectedVersion.Any, [Event()], cancelled.Token));

        (await Log.ReadStreamAsync(stream, 0, 1)).LastVersion.ShouldBe(StreamVersion.None);
    }
}
