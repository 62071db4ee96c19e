using System.Globalization;
using Cqrs.Commands.Connections;
using Cqrs.Commands.Execution;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>One command of somebody, which may be tried several times; each try has the same id and content.</summary>
/// <param name="RunAsync">Tries it, checks what is answered, and answers in words.</param>
internal sealed record Request(int Number, CommandId Command, string Text, Func<Node, CommandContext, Task<string>> RunAsync);

/// <summary>Four people with a phone each; what their apps remember, and what they ask for.</summary>
internal sealed class People(World world)
{
    private static readonly string[] Names = ["Ann", "Bob", "Cid", "Dot"];

    private readonly UserId?[] _sessions = new UserId?[Names.Length];
    private readonly string?[] _registrations = new string?[Names.Length];
    private readonly Dictionary<UserId, string> _names = [];
    private int _requests;

    public static string PhoneOf(int person) => string.Create(CultureInfo.InvariantCulture, $"+4915112345{person}00");

    /// <summary>A stream by the names of those whom it is about.</summary>
    public string NameOf(string stream)
    {
        if (stream.StartsWith("user-", StringComparison.Ordinal)) return NameOf(new UserId(Guid.Parse(stream.AsSpan(5))));
        if (!stream.StartsWith("connection-", StringComparison.Ordinal)) return "number " + stream[6..9];
        var users = _names.Keys.ToList();
        var parties =
            from one in users
            from other in users
            where one.CompareTo(other) < 0 && StreamNames.Of(ConnectionId.Between(one, other)) == stream
            select $"{NameOf(one)}/{NameOf(other)}";
        return parties.FirstOrDefault() ?? stream[..16];
    }

    public string NameOf(UserId user)
    {
        if (_names.TryGetValue(user, out var name)) return name;
        for (var person = 0; person < Names.Length; person++)
        {
            if (world.Watch.UserOf(PhoneOf(person)) != user) continue;
            var before = _names.Values.Count(other => other.StartsWith(Names[person], StringComparison.Ordinal));
            return _names[user] = before == 0 ? Names[person] : string.Create(CultureInfo.InvariantCulture, $"{Names[person]}{before + 1}");
        }

        return "somebody";
    }

    /// <summary>The command, its content settled; null where the app has nothing to ask with.</summary>
    public Request? Ask(Step step)
    {
        var (person, other) = (step.By, step.Other);
        switch (step.Act)
        {
            case Act.Register:
                return New($"{Names[person]} registers", (node, context) => RegisterAsync(node, context, person));
            case Act.Resend when _registrations[person] is { } registration:
                return New($"{Names[person]} asks for another code", async (node, context) => Said((await node.Resend.HandleAsync(new(registration), context)).Refusal));
            case Act.Verify or Act.GuessWrong when _registrations[person] is { } registration:
                var code = step.Act == Act.Verify ? CodeOf(person) : "wrong";
                return New($"{Names[person]} {(step.Act == Act.Verify ? "verifies" : "guesses")}", (node, context) => VerifyAsync(node, context, person, registration, code));
        }

        if (_sessions[person] is not { } by) return null;
        switch (step.Act)
        {
            case Act.Invite:
                return New($"{Names[person]} invites {Names[other]}", by, (node, context) => InviteAsync(node, context, by, other));
            case Act.Revoke:
                return New($"{Names[person]} logs out", by, async (node, context) => Said((await node.Revoke.HandleAsync(new(by), context)).Refusal));
            case Act.Forget:
                return New($"{Names[person]} leaves", async (node, context) => await ForgetAsync(node, context, by));
        }

        if (world.Watch.UserOf(PhoneOf(other)) is not { } peer) return null;
        var pair = ConnectionId.Between(by, peer);
        if (step.Act == Act.OpenLink)
        {
            var link = world.Watch.Connections.GetValueOrDefault(pair, Connection.Initial).Invite?.Code.Text;
            return link is null ? null : New($"somebody opens the link between {Names[person]} and {Names[other]}", async (node, context) =>
                Said(await node.OpenLink.HandleAsync(new(pair, link), context)));
        }

        if (!Enum.TryParse<ConnectionStep>(step.Act.ToString(), out var kind)) return null;
        return New($"{Names[person]} does {kind} with {Names[other]}", by, (node, context) => StepAsync(node, context, by, pair, kind));
    }

    private Request New(string text, Func<Node, CommandContext, Task<string>> run)
    {
        var number = ++_requests;
        return new(number, new(new Guid(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1])), text, run);
    }

    /// <summary>A command that needs an auth token: the stream is asked first, as the server does.</summary>
    private Request New(string text, UserId by, Func<Node, CommandContext, Task<string>> run) =>
        New(text, async (node, context) => (await node.Streams.LoadAsync(by)).State.IsVerified ? await run(node, context) : "unauthorized");

    private string CodeOf(int person) => world.Watch.All.Select(e => e.Event).OfType<VerificationCodeIssued>()
        .LastOrDefault(issued => issued.Phone.Text == PhoneOf(person))?.Code.Text ?? "none";

    private async Task<string> RegisterAsync(Node node, CommandContext context, int person)
    {
        var answer = await node.Request.HandleAsync(new(PersonName.TryMake(Names[person], "")!, PhoneOf(person), "DE"), context);
        if (answer.Value is not { } value) return Said(answer.Refusal);
        _registrations[person] = value.RegistrationId;
        var attempt = context.Command.Derive("attempt");
        Check(world.Watch.All.Any(e => e.Event is RegistrationRequested r && r.Attempt == attempt), "The registration that was answered is not in the log.");
        return "a code is sent";
    }

    private async Task<string> VerifyAsync(Node node, CommandContext context, int person, string registration, string code)
    {
        var answer = await node.Verify.HandleAsync(new(registration, code), context);
        if (answer.Value is not { } value) return Said(answer.Refusal);
        _sessions[person] = value.User;
        Answers.ShouldBeTrue(world, value);
        return "verified";
    }

    private async Task<string> InviteAsync(Node node, CommandContext context, UserId by, int other)
    {
        var answer = await node.Invite.HandleAsync(new(by, PersonName.TryMake("Typed", "")!, PhoneOf(other)), context);
        if (answer.Value is not { } value) return Said(answer.Refusal);
        Answers.ShouldBeTrue(world, by, value);
        return value.View.ToString();
    }

    private async Task<string> StepAsync(Node node, CommandContext context, UserId by, ConnectionId pair, ConnectionStep kind)
    {
        var answer = await node.Step.HandleAsync(new(by, pair, kind), context);
        if (answer.Value is not { } value) return Said(answer.Refusal);
        Answers.ShouldBeTrue(world, by, kind, value);
        return value.View.ToString();
    }

    private async Task<string> ForgetAsync(Node node, CommandContext context, UserId by)
    {
        var answer = await node.Forget.HandleAsync(new(by), context);
        if (answer.Refusal is { } refusal) return Said(refusal);
        Check(world.Watch.Users[by].Status == UserStatus.Forgotten && world.Keys.IsForgotten(by), "He who was told that he is forgotten is not.");
        return "forgotten";
    }

    private void Check(bool condition, string why)
    {
        if (!condition) world.Fail(why);
    }

    private static string Said(Refusal? refusal) => refusal?.Code ?? "done";
}
