using Cqrs.EventStore.Log;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

public abstract partial class EventLogContract
{
    [Theory]
    [InlineData(-1)]
    [InlineData(-2)]
    public async Task A_repeated_first_append_answers_as_the_first_time(long expected)
    {
        var stream = NewStream();
        var events = Events(3);
        var first = await Log.AppendAsync(stream, new ExpectedVersion(expected), events);
        await Log.AppendAsync(NewStream(), Event());
        var head = await Log.HeadAsync();

        var again = await Log.AppendAsync(stream, new ExpectedVersion(expected), events);

        again.ShouldBe(first with { AlreadyThere = true });
        (await Log.HeadAsync()).ShouldBe(head);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-2)]
    [InlineData(-4)]
    public async Task A_repeated_later_append_answers_as_the_first_time_though_others_followed(long expected)
    {
        var stream = NewStream();
        await Log.AppendAsync(stream, Events(2));
        var events = Events(2);
        var first = await Log.AppendAsync(stream, new ExpectedVersion(expected), events);
        await Log.AppendAsync(stream, Events(5));

        (await Log.AppendAsync(stream, new ExpectedVersion(expected), events)).ShouldBe(first with { AlreadyThere = true });

        (await Log.ReadStreamAsync(stream, 0, 100)).Events.Count.ShouldBe(9);
    }

    [Fact]
    public async Task A_repeated_append_is_recognised_after_reopening()
    {
        var stream = NewStream();
        var events = Events(2);
        var first = await Log.AppendAsync(stream, ExpectedVersion.NoStream, events);

        await ReopenLogAsync();

        (await Log.AppendAsync(stream, ExpectedVersion.NoStream, events)).ShouldBe(first with { AlreadyThere = true });
        (await Log.AppendAsync(stream, ExpectedVersion.Any, events)).ShouldBe(first with { AlreadyThere = true });
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-2)]
    [InlineData(-4)]
    public async Task An_append_that_is_there_only_in_part_is_a_conflict(long expected)
    {
        var stream = NewStream();
        var events = Events(2);
        await Log.AppendAsync(stream, ExpectedVersion.NoStream, events);

        // More events than the stream has; then another continuation.
        await Should.ThrowAsync<WrongExpectedVersionException>(
            Log.AppendAsync(stream, new ExpectedVersion(expected), [.. events, Event()]));
        await Should.ThrowAsync<WrongExpectedVersionException>(
            Log.AppendAsync(stream, new ExpectedVersion(expected), [events[0], Event()]));

        (await Log.ReadStreamAsync(stream, 0, 100)).Events.Ids().ShouldBe(events.Ids());
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(-4)]
    public async Task Ids_in_another_order_are_a_repetition_where_no_version_is_expected(long expected)
    {
        var stream = NewStream();
        var events = Events(3);
        await Log.AppendAsync(stream, ExpectedVersion.NoStream, events);
        await Log.AppendAsync(stream, Event());

        var again = await Log.AppendAsync(stream, new ExpectedVersion(expected), [events[2], events[0], events[1]]);

        // The answer is about the last event of the request, wherever it lies.
        again.ShouldBe(new Appended(1, (await Log.ReadStreamAsync(stream, 1, 1)).Events[0].Position, AlreadyThere: true));
        (await Log.AppendAsync(stream, new ExpectedVersion(expected), [events[0], events[0]])).AlreadyThere.ShouldBeTrue();
        (await Log.ReadStreamAsync(stream, 0, 100)).Events.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Ids_in_another_order_are_a_conflict_where_a_version_is_expected()
    {
        var stream = NewStream();
        var events = Events(2);
        await Log.AppendAsync(stream, ExpectedVersion.NoStream, events);

        await Should.ThrowAsync<WrongExpectedVersionException>(Log.AppendAsync(stream, ExpectedVersion.NoStream, [events[1], events[0]]));

        (await Log.ReadStreamAsync(stream, 0, 100)).Events.Ids().ShouldBe(events.Ids());
    }

    [Fact]
    public async Task The_beginning_of_what_is_there_is_already_there()
    {
        var stream = NewStream();
        var events = Events(3);
        await Log.AppendAsync(stream, ExpectedVersion.NoStream, events);

        var again = await Log.AppendAsync(stream, ExpectedVersion.NoStream, events[..2]);

        again.AlreadyThere.ShouldBeTrue();
        again.LastVersion.ShouldBe(1);
        again.Position.ShouldBe((await Log.ReadStreamAsync(stream, 1, 1)).Events[0].Position);
    }

    [Fact]
    public async Task Ids_at_another_place_are_not_a_repetition()
    {
        var stream = NewStream();
        var events = Events(2);
        await Log.AppendAsync(stream, ExpectedVersion.NoStream, [Event()]);
        await Log.AppendAsync(stream, ExpectedVersion.Exactly(0), events);

        await Should.ThrowAsync<WrongExpectedVersionException>(Log.AppendAsync(stream, ExpectedVersion.NoStream, events));
    }

    [Fact]
    public async Task The_same_ids_in_another_stream_are_other_events()
    {
        var events = Events(2);
        await Log.AppendAsync(NewStream(), ExpectedVersion.Any, events);

        (await Log.AppendAsync(NewStream(), ExpectedVersion.Any, events)).AlreadyThere.ShouldBeFalse();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-2)]
    public async Task Of_many_equal_appends_at_once_one_writes_and_all_answer_alike(long expected)
    {
        var stream = NewStream();
        var events = Events(2);

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(
            () => Log.AppendAsync(stream, new ExpectedVersion(expected), events))));

        answers.Count(a => !a.AlreadyThere).ShouldBe(1);
        answers.Select(a => (a.LastVersion, a.Position)).Distinct().Count().ShouldBe(1);
        (await Log.ReadStreamAsync(stream, 0, 100)).Events.Ids().ShouldBe(events.Ids());
    }
}
