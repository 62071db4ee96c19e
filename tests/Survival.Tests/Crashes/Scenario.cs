using Cqrs.Commands.Connections;
using Cqrs.Domain.Identity;
using static Cqrs.Survival.Tests.Crashes.Cast;

namespace Cqrs.Survival.Tests.Crashes;

/// <summary>A command of several writes: what was before, the command, its answer.</summary>
/// <param name="Prepare">What was before; its result is handed to the command.</param>
/// <param name="Writes">How many writes the command makes; the process dies before each of them, and after the last.</param>
internal sealed record Scenario(
    string Name, int Writes, string Answer, Func<Cast, Task<string>> Prepare, Func<Cast, string, CommandId, Task<string>> Act)
{
    public static readonly IReadOnlyList<Scenario> All =
    [
        new("first invite of an unknown number", 4, $"Inviting False {Nobody}", Nothing, (cast, _, id) => cast.InviteAsync(Ann, Nobody, id)),
        new("invite of a user", 2, $"Inviting True {Ben}", Nothing, (cast, _, id) => cast.InviteAsync(Ann, Ben, id)),
        new("crossed invite", 2, $"Connected True {Ann}", Invited, (cast, _, id) => cast.InviteAsync(Ben, Ann, id)),
        new("accept", 2, "Connected", Invited, (cast, _, id) => cast.StepAsync(Ben, Ann, ConnectionStep.Accept, id)),
        new("reject", 1, "None", Invited, (cast, _, id) => cast.StepAsync(Ben, Ann, ConnectionStep.Reject, id)),
        new("cancel", 2, "None", Invited, (cast, _, id) => cast.StepAsync(Ann, Ben, ConnectionStep.Clear, id)),
        new("acknowledge", 2, "None", Rejected, (cast, _, id) => cast.StepAsync(Ann, Ben, ConnectionStep.Acknowledge, id)),
        new("clear by the inviter", 3, "None", Connected, (cast, _, id) => cast.StepAsync(Ann, Ben, ConnectionStep.Clear, id)),
        new("clear by the invitee", 3, "None", Connected, (cast, _, id) => cast.StepAsync(Ben, Ann, ConnectionStep.Clear, id)),
        new("delete", 3, "done", Befriended, (cast, ann, id) => cast.LeaveAsync(new(Guid.Parse(ann)), id)),
        new("registration", 2, "", Nothing, async (cast, _, id) => (await cast.RegisterAsync(Nobody, id)).Length == 80 ? "" : "refused"),
        new("verification", 1, "", Registering, async (cast, registration, id) =>
            (await cast.VerifyAsync(registration.Split(' ')[0], registration.Split(' ')[1], id)).Length == 104 ? "" : "refused"),
    ];

    private static Task<string> Nothing(Cast cast) => Task.FromResult("");

    private static Task<string> Invited(Cast cast) => cast.InviteAsync(Ann, Ben);

    private static async Task<string> Rejected(Cast cast)
    {
        await Invited(cast);
        return await cast.StepAsync(Ben, Ann, ConnectionStep.Reject);
    }

    private static async Task<string> Connected(Cast cast)
    {
        await Invited(cast);
        return await cast.StepAsync(Ben, Ann, ConnectionStep.Accept);
    }

    // Ann is connected with Ben, has invited Cleo, and was invited by Dora.
    private static async Task<string> Befriended(Cast cast)
    {
        await Connected(cast);
        await cast.InviteAsync(Ann, Cleo);
        await cast.InviteAsync(Dora, Ann);
        return (await cast.IdAsync(Ann)).ToString();
    }

    private static async Task<string> Registering(Cast cast)
    {
        var registration = await cast.RegisterAsync(Nobody);
        return $"{registration} {await cast.CodeAsync(Nobody)}";
    }
}
