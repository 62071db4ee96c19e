using Cqrs.Commands.Execution;
using Cqrs.Commands.Registration;
using Cqrs.Commands.Users;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.Rules.Tests.Interleavings;

namespace Cqrs.Rules.Tests.Commands;

/// <summary>One node on a log in memory: given events, when a command, then events.</summary>
internal sealed class Desk : IConnectionsOfUser
{
    public const string AnnsPhone = "+4915112345000";
    public const string BobsPhone = "+4915112345100";
    public const string CidsPhone = "+4915112345200";

    private readonly List<UserId> _users = [];
    private int _commands;

    public Desk(int squares = 2, Func<IEventLog, IEventLog>? around = null)
    {
        Codec = new(DomainEvents.All, Keys);
        Node = new(around?.Invoke(Log) ?? Log, Keys, Keys, Checkpoints, this, squares, new StoppedClock(Start.AddHours(1)));
    }

    public MemoryEventLog Log { get; } = new(new StoppedClock(Start));

    public MemoryKeys Keys { get; } = new();

    public MemoryCheckpoints Checkpoints { get; } = new();

    public EventCodec Codec { get; }

    public Node Node { get; }

    /// <summary>A command of its own; kept by the test to send it again.</summary>
    public CommandContext Next() => new(new(new Guid(++_commands, 1, 0, new byte[8])), Start.AddSeconds(_commands));

    /// <summary>The same request, come again some time later.</summary>
    public static CommandContext Again(CommandContext context) => new(context.Command, context.At.AddSeconds(30));

    public async Task<IReadOnlyList<IDomainEvent>> EventsAsync(LogPosition after = default)
    {
        var page = await Log.ReadAllAsync(after, 10_000);
        return [.. (await Codec.DecodeAsync(page.Events)).Select(decoded => (IDomainEvent)decoded.Event)];
    }

    public async Task<int> CountAsync() => (int)(await Log.HeadAsync()).Value;

    public async Task<string> CodeAsync() => (await EventsAsync()).OfType<VerificationCodeIssued>().Last().Code.Text!;

    public async Task<RegistrationAnswer> RequestAsync(string phone, CommandContext? context = null) =>
        (await Node.Request.HandleAsync(new(Name("Ann"), phone, "DE"), context ?? Next())).Value.ShouldNotBeNull();

    /// <summary>A verified user of this number.</summary>
    public async Task<UserId> RegisteredAsync(string phone)
    {
        var registration = await RequestAsync(phone);
        var verified = await Node.Verify.HandleAsync(new(registration.RegistrationId, await CodeAsync()), Next());
        _users.Add(verified.Value!.User);
        return verified.Value.User;
    }

    public async Task<ConnectionId> InvitedAsync(UserId by, string phone) =>
        (await Node.Invite.HandleAsync(new(by, Name("Typed"), phone), Next())).Value.ShouldNotBeNull().Connection;

    public async Task<User> UserAsync(UserId user) => (await Node.Streams.LoadAsync(user)).State;

    public async Task<Connection> PairAsync(ConnectionId pair) => (await Node.Streams.LoadAsync(pair)).State;

    /// <summary>Lets a follower run until it has handled all that is in the log now.</summary>
    public async Task FollowAsync(LogFollower follower, Func<LogFollower, CancellationToken, Task>? run = null)
    {
        using var stop = new CancellationTokenSource();
        var head = await Log.HeadAsync();
        if ((await Checkpoints.LoadAsync(follower.Name)).Position >= head) return;
        Checkpoints.OnSaved = position =>
        {
            if (position >= head) stop.Cancel();
        };
        await (run?.Invoke(follower, stop.Token) ?? follower.RunAsync(stop.Token));
    }

    public static PersonName Name(string first) => PersonName.TryMake(first, "")!;

    public async ValueTask<IReadOnlyList<ConnectionId>> FindAsync(UserId user, LogPosition atLeast, CancellationToken cancel)
    {
        var found = new List<ConnectionId>();
        foreach (var other in _users)
        {
            var id = ConnectionId.Between(user, other);
            if ((await PairAsync(id)).IsParty(user)) found.Add(id);
        }

        return found;
    }
}
