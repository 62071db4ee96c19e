using Cqrs.Commands.Connections;
using Cqrs.Commands.Execution;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Rules.Tests.Commands;

/// <summary>Whatever a request led to can be found by its correlation, and each event says what led to it.</summary>
public sealed class CorrelationTests
{
    private readonly Desk _desk = new();

    [Fact]
    public async Task An_invite_and_the_square_that_it_takes_belong_to_one_request()
    {
        var ann = await _desk.RegisteredAsync(Desk.AnnsPhone);
        var context = _desk.Next();
        var before = await _desk.Log.HeadAsync();

        await _desk.Node.Invite.HandleAsync(new(ann, Desk.Name("Bob"), Desk.BobsPhone), context);

        var written = await WrittenAsync(before);
        Types(written).ShouldBe(["phone-claimed.v1", "user-invited.v1", "square-taken.v1", "invite-sent.v1"]);
        ShouldFollowFrom(written, context);
    }

    [Fact]
    public async Task A_cleared_connection_and_the_squares_that_it_frees_belong_to_one_request()
    {
        var (ann, bob) = (await _desk.RegisteredAsync(Desk.AnnsPhone), await _desk.RegisteredAsync(Desk.BobsPhone));
        var pair = await _desk.InvitedAsync(ann, Desk.BobsPhone);
        await _desk.Node.Step.HandleAsync(new(bob, pair, ConnectionStep.Accept), _desk.Next());
        var context = _desk.Next();
        var before = await _desk.Log.HeadAsync();

        await _desk.Node.Step.HandleAsync(new(ann, pair, ConnectionStep.Clear), context);

        var written = await WrittenAsync(before);
        Types(written).Order().ShouldBe(["connection-cleared.v1", "square-freed.v1", "square-freed.v1"]);
        ShouldFollowFrom(written, context);
    }

    [Fact]
    public async Task What_a_process_does_because_of_an_event_belongs_to_the_request_of_the_event()
    {
        var (ann, bob) = (await _desk.RegisteredAsync(Desk.AnnsPhone), await _desk.RegisteredAsync(Desk.BobsPhone));
        await _desk.InvitedAsync(ann, Desk.BobsPhone);
        await _desk.FollowAsync(_desk.Node.Forgetting.Follower());
        var context = _desk.Next();
        var before = await _desk.Log.HeadAsync();

        await _desk.Node.Forget.HandleAsync(new(bob), context);
        await _desk.FollowAsync(_desk.Node.Forgetting.Follower());

        var written = await WrittenAsync(before);
        Types(written).Order().ShouldBe(["party-forgotten.v1", "phone-released.v1", "square-freed.v1", "user-forgotten.v1"]);
        written.Select(e => e.Metadata.CorrelationId).Distinct().ShouldBe([context.Command.Value]);
        var forgotten = written.Single(e => e.Recorded.Type == "user-forgotten.v1");
        written.Single(e => e.Recorded.Type == "party-forgotten.v1").Metadata.CausationId.ShouldBe(forgotten.Recorded.Id);
    }

    private static void ShouldFollowFrom(IReadOnlyList<DecodedEvent> written, CommandContext context)
    {
        written.Select(e => e.Metadata.CorrelationId).Distinct().ShouldBe([context.Command.Value]);
        written.Select(e => e.Metadata.CausationId).Distinct().ShouldBe([context.Command.Value]);
    }

    private async Task<IReadOnlyList<DecodedEvent>> WrittenAsync(LogPosition after) =>
        await _desk.Codec.DecodeAsync((await _desk.Log.ReadAllAsync(after, 100)).Events);

    private static IEnumerable<string> Types(IEnumerable<DecodedEvent> events) => events.Select(e => e.Recorded.Type);
}
