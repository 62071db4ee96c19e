using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Squares;
using Cqrs.Domain.Users;
using Cqrs.Rules.Tests.Connections;
using static Cqrs.Rules.Tests.Connections.Pair;

namespace Cqrs.Rules.Tests.Squares;

/// <summary>
/// Which states take a square of whom, and the rows of the blueprint where a grid is full: the square is refused before
/// the connection is touched, so that nothing is appended there and the other is told nothing.
/// </summary>
public sealed class GridTests
{
    public static TheoryData<string, IDomainEvent[], bool, bool> States() => new()
    {
        { "nothing", [], false, false },
        { "inviting", [Invites(Ann)], true, false },
        { "inviting, seen", [Invites(Ann), Sees(Bob)], true, false },
        { "connected", [Invites(Ann), Accepts(Bob)], true, true },
        { "rejected", [Invites(Ann), Rejects(Bob)], true, false },
        { "rejected, asked back", [Invites(Ann), Rejects(Bob), Invites(Bob)], false, true },
        { "acknowledged", [Invites(Ann), Rejects(Bob), Acknowledges(Ann)], false, false },
        { "cancelled unseen", [Invites(Ann), CancelsUnseen(Ann)], false, false },
        { "contact", [Invites(Ann), Sees(Bob), CancelsSeen(Ann)], false, false },
        { "disconnected", [Invites(Ann), Accepts(Bob), Disconnects(Ann)], false, false },
        { "forgotten", [Invites(Ann), Accepts(Bob), IsForgotten(Ann)], false, false },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void Own_invites_rejections_and_connections_take_one(string state, IDomainEvent[] history, bool ofAnn, bool ofBob)
    {
        var connection = GivenConnection(history).State;
        (connection.TakesSquareOf(Ann), connection.TakesSquareOf(Bob), connection.TakesSquareOf(Cid)).ShouldBe((ofAnn, ofBob, false), state);
    }

    [Fact]
    public void Nothing_A_invites_with_a_full_grid()
    {
        GivenUser(WithFullGrid(Ann)).When(Reserve(Ann)).ThenRefused("grid-full");
        GivenConnection().State.ShouldLook(toAnn: ConnectionView.None, toBob: ConnectionView.None);
    }

    [Fact]
    public void Inviting_B_accepts_with_a_full_grid()
    {
        GivenUser(WithFullGrid(Bob)).When(Reserve(Bob)).ThenRefused("grid-full");
        GivenConnection(Invites(Ann)).State.ShouldLook(toAnn: ConnectionView.Inviting, toBob: ConnectionView.Invited);
    }

    [Fact]
    public void What_is_his_already_is_granted_with_a_full_grid() =>
        GivenUser([.. WithFullGrid(Ann)[..^1], new SquareTaken(Ann, Id, 0, Start)]).When(Reserve(Ann)).Then(new SquareTaken(Ann, Id, 1, Start));

    private static Func<User, Decision> Reserve(UserId user) =>
        state => SquareDecider.Take(state, Id, connectionVersion: 1, SquareDecider.DefaultSquares, Start);

    private static IDomainEvent[] WithFullGrid(UserId user) =>
    [
        new UserVerified(user, Guid.Empty, new(user, "N"), new(user, ""), new(user, "+1"), new(user, "key"), 1, Again: false, Start),
        .. Enumerable.Range(1, SquareDecider.DefaultSquares)
            .Select(n => new SquareTaken(user, new(new Guid(n, 0, 0, new byte[8])), 0, Start)),
    ];
}
