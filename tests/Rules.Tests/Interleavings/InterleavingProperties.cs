using System.Globalization;
using Cqrs.Rules.Tests.Properties;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>
/// Any interleaving of several users' commands, with retries, duplicates and crashes between appends, keeps: one user
/// per number; one connection per pair; squares used are squares needed, never above the limit; both sides' views
/// agree; replay gives the same state as live. A failure prints the shortest schedule found, as it ran. More cases:
/// <c>CQRS_TEST_CASES</c>.
/// </summary>
public sealed class InterleavingProperties
{
    private static readonly (int, Act)[] OfThoseWhoKnowEachOther =
    [
        (12, Act.Invite), (6, Act.Accept), (3, Act.Reject), (3, Act.Acknowledge), (8, Act.Clear), (2, Act.See), (1, Act.OpenLink),
        (1, Act.Register), (1, Act.Verify), (1, Act.Revoke), (1, Act.Forget),
    ];

    private static readonly (int, Act)[] OfThoseWhoComeAndGo =
    [
        (5, Act.Register), (5, Act.Verify), (1, Act.GuessWrong), (1, Act.Resend), (8, Act.Invite), (4, Act.Accept), (1, Act.Reject), (1, Act.Acknowledge),
        (2, Act.Clear), (1, Act.See), (1, Act.OpenLink), (1, Act.Revoke), (4, Act.Forget),
    ];

    private static readonly (int, Act)[] OfTwo =
        [(8, Act.Invite), (4, Act.Accept), (1, Act.Reject), (1, Act.Acknowledge), (6, Act.Clear), (1, Act.See), (1, Act.Forget), (1, Act.Register), (1, Act.Verify)];

    [Fact]
    public void Those_who_know_each_other_never_get_out_of_step() =>
        PropertyChecks.ForAllHistories(Step.Among(OfThoseWhoKnowEachOther), Cases(600), longest: 120, steps => World.Play(Step.People - 1, steps));

    // Few people, much crossing, and the keeper always in between: what takes a square meets what frees it.
    [Fact]
    public void Two_who_cross_each_other_never_get_out_of_step() =>
        PropertyChecks.ForAllHistories(Step.Among(OfTwo, people: 2, keeping: 5), Cases(600), longest: 100, steps => World.Play(registered: 2, steps));

    [Fact]
    public void Those_who_come_and_go_never_get_out_of_step() =>
        PropertyChecks.ForAllHistories(Step.Among(OfThoseWhoComeAndGo), Cases(600), longest: 120, steps => World.Play(registered: 1, steps));

    private static int Cases(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("CQRS_TEST_CASES"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : usual;
}
