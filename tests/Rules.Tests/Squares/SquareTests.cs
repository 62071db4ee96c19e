using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Squares;
using Cqrs.Domain.Users;
using static Cqrs.Rules.Tests.Registration.Registering;

namespace Cqrs.Rules.Tests.Squares;

public sealed class SquareTests
{
    private const int Of = SquareDecider.DefaultSquares;

    private static readonly IDomainEvent[] IsVerified = [.. Begun(First, "111111"), Verified(First, epoch: 1, again: false)];

    [Fact]
    public void There_are_eight() => Of.ShouldBe(8);

    [Fact]
    public void The_eighth_is_there_the_ninth_is_not()
    {
        GivenUser(WithSquares(7)).When(Take(Number(8), 0)).Then(Taken(Number(8), 0)).Squares.Length.ShouldBe(8);
        GivenUser(WithSquares(8)).When(Take(Number(9), 0)).ThenRefused("grid-full");
    }

    [Fact]
    public void A_freed_square_can_be_taken() =>
        GivenUser([.. WithSquares(8), Freed(Number(3))]).When(Take(Number(9), 0)).Then(Taken(Number(9), 0)).Squares.Length.ShouldBe(8);

    [Fact]
    public void The_number_of_squares_is_the_callers() =>
        GivenUser(WithSquares(1)).When(user => SquareDecider.Take(user, Number(2), 0, of: 1, Start)).ThenRefused("grid-full");

    [Fact]
    public void A_renewal_takes_no_second_square()
    {
        var after = GivenUser(WithSquares(8)).When(Take(Number(3), 5)).Then(Taken(Number(3), 5));
        after.Squares.Length.ShouldBe(8);
        after.SquareFor(Number(3)).ShouldBe(new Square(Number(3), 5));
    }

    [Fact]
    public void A_renewal_is_granted_even_where_fewer_squares_are_now_allowed() =>
        GivenUser(WithSquares(3)).When(user => SquareDecider.Take(user, Number(3), 5, of: 2, Start)).Then(Taken(Number(3), 5));

    // Who still comes on the strength of version 4 is too late; the reservation of who came later must stand.
    [Fact]
    public void An_older_version_of_the_connection_does_not_replace_a_later_one() =>
        GivenUser([.. IsVerified, Taken(Number(1), 5)]).When(Take(Number(1), 4)).ThenNothing()
            .SquareFor(Number(1)).ShouldBe(new Square(Number(1), 5));

    [Fact]
    public void It_is_freed_once() =>
        GivenUser(WithSquares(2)).When(Free(Number(1))).Then(Freed(Number(1))).Squares.ShouldBe([new Square(Number(2), 0)]);

    [Fact]
    public void What_was_never_taken_is_free() => GivenUser(WithSquares(2)).When(Free(Number(3))).ThenNothing();

    [Fact]
    public void Who_is_not_verified_has_no_grid()
    {
        GivenUser().When(Take(Number(1), 0)).ThenRefused("unauthorized");
        GivenUser(Invited()).When(Take(Number(1), 0)).ThenRefused("unauthorized");
        GivenUser(Begun(First, "111111")).When(Take(Number(1), 0)).ThenRefused("unauthorized");
        GivenUser([.. IsVerified, new UserForgotten(Ann, Start)]).When(Take(Number(1), 0)).ThenRefused("unauthorized");
    }

    private static Func<User, Decision> Take(ConnectionId connection, long version) =>
        user => SquareDecider.Take(user, connection, version, Of, Start);

    private static Func<User, Decision> Free(ConnectionId connection) => user => SquareDecider.Free(user, connection, Start);

    private static SquareTaken Taken(ConnectionId connection, long version) => new(Ann, connection, version, Start);

    private static SquareFreed Freed(ConnectionId connection) => new(Ann, connection, Start);

    private static IDomainEvent[] WithSquares(int count) => [.. IsVerified, .. Enumerable.Range(1, count).Select(n => Taken(Number(n), 0))];

    private static ConnectionId Number(int n) => new(new Guid(n, 0, 0, new byte[8]));
}
