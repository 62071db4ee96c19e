using Cqrs.Commands.Connections;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;

namespace Cqrs.Rules.Tests.Commands;

/// <summary>What the process managers finish when a command died half-way.</summary>
public sealed class ProcessTests
{
    private readonly Desk _desk = new();

    [Fact]
    public async Task He_who_leaves_is_gone_from_everybodys_list()
    {
        var (ann, bob) = (await _desk.RegisteredAsync(Desk.AnnsPhone), await _desk.RegisteredAsync(Desk.BobsPhone));
        var pair = await _desk.InvitedAsync(ann, Desk.BobsPhone);
        await _desk.Node.Step.HandleAsync(new(bob, pair, ConnectionStep.Accept), _desk.Next());
        await _desk.Node.Forget.HandleAsync(new(bob), _desk.Next());

        await _desk.FollowAsync(_desk.Node.Forgetting.Follower());

        (await _desk.PairAsync(pair)).ViewOf(ann).ShouldBe(ConnectionView.None);
        (await _desk.UserAsync(ann)).Squares.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_left_of_leaving_is_done_by_the_process()
    {
        var bob = await _desk.RegisteredAsync(Desk.BobsPhone);
        await AppendAsync(StreamNames.Of(bob), new UserForgotten(bob, Start));

        await _desk.FollowAsync(_desk.Node.Forgetting.Follower());

        (await _desk.EventsAsync()).OfType<PhoneReleased>().Single().User.ShouldBe(bob);
        _desk.Keys.IsForgotten(bob).ShouldBeTrue();
        (await _desk.RegisteredAsync(Desk.BobsPhone)).ShouldNotBe(bob);
    }

    [Fact]
    public async Task An_invite_that_lands_while_the_invitee_leaves_is_closed()
    {
        var (ann, bob) = (await _desk.RegisteredAsync(Desk.AnnsPhone), await _desk.RegisteredAsync(Desk.BobsPhone));
        await _desk.Node.Forget.HandleAsync(new(bob), _desk.Next());
        await InviteLandsAsync(ann, bob);

        await _desk.FollowAsync(_desk.Node.Forgetting.Follower());

        (await _desk.PairAsync(ConnectionId.Between(ann, bob))).ViewOf(ann).ShouldBe(ConnectionView.None);
        (await _desk.UserAsync(ann)).Squares.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_invite_that_lands_while_the_inviter_leaves_is_closed()
    {
        var (ann, bob) = (await _desk.RegisteredAsync(Desk.AnnsPhone), await _desk.RegisteredAsync(Desk.BobsPhone));
        await _desk.Node.Forget.HandleAsync(new(ann), _desk.Next());
        await _desk.FollowAsync(_desk.Node.Forgetting.Follower());
        await InviteLandsAsync(ann, bob);

        await _desk.FollowAsync(_desk.Node.Forgetting.Follower());

        (await _desk.PairAsync(ConnectionId.Between(ann, bob))).ViewOf(bob).ShouldBe(ConnectionView.None);
    }

    [Fact]
    public async Task A_square_that_a_crash_left_behind_is_freed_and_the_connection_is_told()
    {
        var (ann, bob) = (await _desk.RegisteredAsync(Desk.AnnsPhone), await _desk.RegisteredAsync(Desk.BobsPhone));
        var pair = ConnectionId.Between(ann, bob);
        await AppendAsync(StreamNames.Of(ann), new SquareTaken(ann, pair, -1, Start));
        var before = await _desk.Log.HeadAsync();

        await KeepAsync();

        var at = Start.AddHours(1);
        (await _desk.EventsAsync(before)).ShouldBe([new ReservationLapsed(pair, ann, at), new SquareFreed(ann, pair, at)]);
    }

    [Fact]
    public async Task A_square_that_is_needed_stays_and_costs_nothing()
    {
        var (ann, bob) = (await _desk.RegisteredAsync(Desk.AnnsPhone), await _desk.RegisteredAsync(Desk.BobsPhone));
        var pair = await _desk.InvitedAsync(ann, Desk.BobsPhone);
        await _desk.Node.Step.HandleAsync(new(bob, pair, ConnectionStep.Accept), _desk.Next());
        var before = await _desk.CountAsync();

        await KeepAsync();

        (await _desk.CountAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task The_squares_of_a_cleared_connection_are_freed_on_both_sides()
    {
        var (ann, bob) = (await _desk.RegisteredAsync(Desk.AnnsPhone), await _desk.RegisteredAsync(Desk.BobsPhone));
        var pair = await _desk.InvitedAsync(ann, Desk.BobsPhone);
        await _desk.Node.Step.HandleAsync(new(bob, pair, ConnectionStep.Accept), _desk.Next());
        await KeepAsync();
        await AppendAsync(StreamNames.Of(pair), new ConnectionCleared(pair, bob, ann, Start));

        await KeepAsync();

        (await _desk.UserAsync(ann)).Squares.ShouldBeEmpty();
        (await _desk.UserAsync(bob)).Squares.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_full_grid_frees_what_a_crash_left_behind_before_it_refuses()
    {
        var ann = await _desk.RegisteredAsync(Desk.AnnsPhone);
        await AppendAsync(StreamNames.Of(ann), new SquareTaken(ann, new(new Guid(1, 0, 0, new byte[8])), -1, Start));
        await AppendAsync(StreamNames.Of(ann), new SquareTaken(ann, new(new Guid(2, 0, 0, new byte[8])), -1, Start));

        var pair = await _desk.InvitedAsync(ann, Desk.BobsPhone);

        (await _desk.UserAsync(ann)).Squares.Select(square => square.Connection).ShouldBe([pair]);
    }

    [Fact]
    public async Task A_grid_that_is_really_full_refuses_and_makes_no_user()
    {
        var ann = await _desk.RegisteredAsync(Desk.AnnsPhone);
        await _desk.InvitedAsync(ann, Desk.BobsPhone);
        await _desk.InvitedAsync(ann, Desk.CidsPhone);
        var before = await _desk.CountAsync();

        var answer = await _desk.Node.Invite.HandleAsync(new(ann, Desk.Name("Dot"), "+4915112345300"), _desk.Next());

        answer.Refusal!.Code.ShouldBe("grid-full");
        (await _desk.CountAsync()).ShouldBe(before);
    }

    private Task KeepAsync() => _desk.FollowAsync(_desk.Node.Keeper.Follower(), _desk.Node.Keeper.RunAsync);

    // A command that was under way when the other happened.
    private Task InviteLandsAsync(UserId inviter, UserId invitee) => AppendAsync(
        StreamNames.Of(ConnectionId.Between(inviter, invitee)),
        new InviteSent(
            ConnectionId.Between(inviter, invitee), inviter, invitee, Personal.Erased(invitee), Personal.Erased(invitee), Personal.Erased(inviter), Start));

    private async Task AppendAsync(string stream, IDomainEvent @event)
    {
        var command = _desk.Next();
        await _desk.Log.AppendAsync(stream, ExpectedVersion.Any, await _desk.Codec.EncodeAsync(stream, [@event], new(command.Command, Guid.Empty, Guid.Empty, Actor: null, Start)));
    }
}
