using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>What a person wants.</summary>
public enum Act
{
    Register, Resend, Verify, GuessWrong, Invite, OpenLink, See, Accept, Reject, Acknowledge, Clear, Revoke, Forget,
}

/// <summary>What happens to the wish, or to those under way.</summary>
public enum Move
{
    /// <summary>A command begins and runs to its end, alone.</summary>
    Do,

    /// <summary>A command begins; it stops at its first operation.</summary>
    Begin,

    /// <summary>An earlier command comes again, with its id.</summary>
    Repeat,

    /// <summary>One operation that somebody waits for.</summary>
    Release,

    /// <summary>One who waits runs to his end.</summary>
    Finish,

    /// <summary>One operation fails, before or after it took effect.</summary>
    Fail,

    /// <summary>A node dies, perhaps just after one of its operations took effect.</summary>
    Crash,

    /// <summary>The square keeper begins to go through what it has not seen.</summary>
    Keep,

    /// <summary>So does the process that forgets.</summary>
    CloseForgotten,
}

/// <param name="By">Who, or on which node.</param>
/// <param name="Which">Of those who wait, of the earlier commands, of the nodes: this one, counted round and round.</param>
public sealed record Step(Move Move, Act Act, int By, int Other, int Which, bool Flag)
{
    public const int People = 4;

    public override string ToString() => Move switch
    {
        Move.Do or Move.Begin => string.Create(CultureInfo.InvariantCulture, $"{Move} {Act} {By}->{Other} on {Node}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Move} {Which}/{By}{(Flag ? "!" : "")}"),
    };

    public int Node => Which % 2;

    /// <param name="keeping">How often a process manager runs, in 40.</param>
    public static Gen<Step> Among((int Weight, Act Act)[] acts, int people = People, int keeping = 1) =>
        from move in Gen.Frequency(
            (6, Gen.Constant(Move.Do)), (7, Gen.Constant(Move.Begin)), (3, Gen.Constant(Move.Repeat)), (18, Gen.Constant(Move.Release)),
            (4, Gen.Constant(Move.Finish)), (1, Gen.Constant(Move.Fail)), (1, Gen.Constant(Move.Crash)), (keeping, Gen.Constant(Move.Keep)),
            (1, Gen.Constant(Move.CloseForgotten)))
        from act in Gen.Frequency([.. acts.Select(act => (act.Weight, Gen.Constant(act.Act)))])
        from who in Gen.Choose(0, people - 1)
        from apart in Gen.Choose(1, people - 1)
        from which in Gen.Choose(0, 11)
        from flag in Gen.Elements(true, false)
        select new Step(move, act, who, (who + apart) % people, which, flag);
}
