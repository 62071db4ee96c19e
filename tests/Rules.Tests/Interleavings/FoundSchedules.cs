namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>Schedules that once went wrong, as short as they could be made.</summary>
public sealed class FoundSchedules
{
    // The second try answered with a link code that it had drawn itself and that is nowhere in the log.
    [Fact]
    public void Two_tries_of_one_invite_side_by_side() =>
        World.Play(3, [On(0, Move.Begin, Act.Invite, 2, 0), On(0, Move.Repeat), On(1, Move.Repeat)]);

    // So did a verification, with a mailbox key.
    [Fact]
    public void Two_tries_of_one_verification_side_by_side() =>
        World.Play(1, [On(0, Move.Do, Act.Register, 1, 1), On(0, Move.Begin, Act.Verify, 1, 1), On(0, Move.Repeat)]);

    // And a registration went on with a user who does not own the number.
    [Fact]
    public void Two_tries_of_one_registration_side_by_side() =>
        World.Play(1, [On(0, Move.Begin, Act.Register, 1, 1), On(0, Move.Repeat)]);

    // A slow command reserves on the strength of a version that another one's square had, too: two settlements, two ids.
    // It is held up at each of its operations in turn: which one matters changes with the code.
    [Fact]
    public void A_slow_acceptance_beside_a_crossed_invite_and_its_clearing() => HeldUp(
        2, [On(0, Move.Do, Act.Invite, 1, 0)], On(1, Move.Begin, Act.Accept, 0, 1),
        [On(1, Move.Do, Act.Invite, 0, 1), On(0, Move.Do, Act.Clear, 0, 1)]);

    [Fact]
    public void A_slow_invite_beside_one_that_is_sent_and_cleared() => HeldUp(
        3, [], On(0, Move.Begin, Act.Invite, 2, 1), [On(1, Move.Do, Act.Invite, 2, 1), On(1, Move.Do, Act.Clear, 2, 1)]);

    private static void HeldUp(int registered, Step[] before, Step slow, Step[] meanwhile)
    {
        for (var operations = 0; operations <= 20; operations++)
            World.Play(registered, [.. before, slow, .. Enumerable.Repeat(On(0, Move.Release), operations), .. meanwhile]);
    }

    private static Step On(int node, Move move, Act act = Act.See, int by = 0, int other = 0) => new(move, act, by, other, node, Flag: false);
}
