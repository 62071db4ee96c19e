using Cqrs.Commands.Connections;
using Cqrs.Commands.Execution;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Survival.Tests.Crashes;

/// <summary>Who takes part, and what they do; each method is one command, sent under a given id or a fresh one.</summary>
internal sealed class Cast(Node node)
{
    public const string Ann = "+491701000001";
    public const string Ben = "+491701000002";
    public const string Cleo = "+491701000003";
    public const string Dora = "+491701000004";

    /// <summary>Nobody has this number until somebody invites it or registers with it.</summary>
    public const string Nobody = "+491701000009";

    public Node Node { get; } = node;

    public async Task<UserId> IdAsync(string phone) =>
        (await Node.Numbers.FindAsync(Domain.Phones.PhoneNumber.FromStored(phone))).ShouldNotBeNull($"{phone} has an owner");

    public async Task<ConnectionId> PairAsync(string one, string other) => ConnectionId.Between(await IdAsync(one), await IdAsync(other));

    public async Task<string> RegisterAsync(string phone, CommandId? command = null)
    {
        var answer = await Node.Register.HandleAsync(new(PersonName.TryMake("First", "Last")!, phone, Region: null), Context(command));
        return answer.Value?.RegistrationId ?? answer.Refusal!.Code;
    }

    public async Task<string> VerifyAsync(string registration, string code, CommandId? command = null)
    {
        var answer = await Node.Verify.HandleAsync(new(registration, code), Context(command));
        return answer.Value?.AuthToken ?? answer.Refusal!.Code;
    }

    /// <summary>From the number to the token.</summary>
    public async Task JoinAsync(string phone)
    {
        var registration = await RegisterAsync(phone);
        (await VerifyAsync(registration, await CodeAsync(phone))).Length.ShouldBe(104);
    }

    public async Task<string> CodeAsync(string phone) => (await Node.Streams.LoadAsync(await IdAsync(phone))).State.Attempts[^1].Code!.Text!;

    public async Task<string> InviteAsync(string by, string phone, CommandId? command = null)
    {
        var answer = await Node.Invite.HandleAsync(new(await IdAsync(by), PersonName.TryMake("Typed", "Name")!, phone), Context(command));
        return answer.Value is { } invite ? $"{invite.View} {invite.InviteeHasApp} {invite.Phone.E164}" : answer.Refusal!.Code;
    }

    public async Task<string> StepAsync(string by, string other, ConnectionStep step, CommandId? command = null)
    {
        var answer = await Node.Step.HandleAsync(new(await IdAsync(by), await PairAsync(by, other), step), Context(command));
        return answer.Value is { } done ? $"{done.View}" : answer.Refusal!.Code;
    }

    public async Task<string> LeaveAsync(UserId user, CommandId? command = null)
    {
        var answer = await Node.Forget.HandleAsync(new(user), Context(command));
        return answer.Value is null ? answer.Refusal!.Code : "done";
    }

    private static CommandContext Context(CommandId? command) =>
        new(command ?? new(Guid.NewGuid()), DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()));
}
