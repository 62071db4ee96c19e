using Cqrs.Domain.Identity;

namespace Cqrs.Rules.Tests.Commands;

/// <summary>Whoever still holds a reservation must meet a newer version of the connection once its square is freed.</summary>
public sealed class ReservationTests
{
    private readonly Desk _desk = new();

    [Theory]
    [InlineData(1, -1)] // one who is late comes on the strength of a version that is past
    [InlineData(-1, 1)] // the reservation is renewed
    [InlineData(1, 1)]
    public async Task The_newest_version_that_a_square_was_reserved_on_is_ended_before_the_square_is_freed(long first, long second)
    {
        var (ann, pair) = await InvitedAndCancelledAsync();
        (await _desk.Node.Squares.TakeAsync(ann, pair, first, _desk.Next())).ShouldBeNull();
        (await _desk.Node.Squares.TakeAsync(ann, pair, second, _desk.Next())).ShouldBeNull();

        await _desk.Node.Squares.SettleAsync(ann, pair);

        (await _desk.UserAsync(ann)).Squares.ShouldBeEmpty();
        (await _desk.Node.Streams.LoadAsync(pair)).Version.ShouldBe(2, "else an append that expects 1 finds no square");
    }

    [Fact]
    public async Task A_square_reserved_on_a_version_that_is_past_is_freed_without_a_word()
    {
        var (ann, pair) = await InvitedAndCancelledAsync();
        (await _desk.Node.Squares.TakeAsync(ann, pair, 0, _desk.Next())).ShouldBeNull();

        await _desk.Node.Squares.SettleAsync(ann, pair);

        (await _desk.UserAsync(ann)).Squares.ShouldBeEmpty();
        (await _desk.Node.Streams.LoadAsync(pair)).Version.ShouldBe(1);
    }

    private async Task<(UserId Ann, ConnectionId Pair)> InvitedAndCancelledAsync()
    {
        var ann = await _desk.RegisteredAsync(Desk.AnnsPhone);
        var pair = await _desk.InvitedAsync(ann, Desk.BobsPhone);
        await _desk.Node.Step.HandleAsync(new(ann, pair, Cqrs.Commands.Connections.ConnectionStep.Clear), _desk.Next());
        (await _desk.Node.Streams.LoadAsync(pair)).Version.ShouldBe(1);
        return (ann, pair);
    }
}
