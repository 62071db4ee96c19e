using Cqrs.Commands.Connections;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Numbers;
using Cqrs.Commands.Registration;
using Cqrs.Commands.Squares;
using Cqrs.Commands.Users;
using Cqrs.Domain.Registration;
using Cqrs.Domain.Tokens;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>The write side of one process, wired as the server wires it; its caches die with it.</summary>
internal sealed class Node
{
    public static readonly TokenKeys TokenKeys = new(0, [new(0, new byte[TokenKeys.KeySize])]);

    public Node(
        IEventLog log, ISubjectKeys keys, ISystemKeys systemKeys, ICheckpointStore checkpoints, IConnectionsOfUser connectionsOf,
        int squares, TimeProvider clock)
    {
        var codec = new EventCodec(DomainEvents.All, keys);
        var rules = new RegistrationRules { SendsPerNumberPerDay = null };
        Streams = new(log, codec);
        Numbers = new(Streams, systemKeys, SecureDraws.Shared);
        Squares = new(Streams, new(squares), clock);
        Connections = new(Streams, Squares);
        var ids = new RegistrationIds(systemKeys);
        Request = new(Streams, Numbers, ids, rules, AllowedCountries.All, SecureDraws.Shared);
        Resend = new(Streams, ids, rules, SecureDraws.Shared);
        Verify = new(Streams, ids, TokenKeys, SecureDraws.Shared);
        Invite = new(Streams, Numbers, Connections, Squares, SecureDraws.Shared);
        Step = new(Connections);
        OpenLink = new(Connections);
        Revoke = new(Streams);
        Forget = new(Streams, Numbers, keys);

        // The keeper gives whoever is under way a moment to finish; here it has none, and finds him in the middle.
        Keeper = new(log, codec, Squares, new(squares) { Grace = TimeSpan.Zero }, checkpoints, new HastyClock(clock));
        Forgetting = new(log, codec, Streams, Connections, Forget, connectionsOf, checkpoints, clock);
    }

    public EventStreams Streams { get; }

    public PhoneRegistry Numbers { get; }

    public SquareReservations Squares { get; }

    public ConnectionExecutor Connections { get; }

    public RequestRegistrationHandler Request { get; }

    public ResendCodeHandler Resend { get; }

    public VerifyRegistrationHandler Verify { get; }

    public InviteSomeoneHandler Invite { get; }

    public StepConnectionHandler Step { get; }

    public OpenInviteLinkHandler OpenLink { get; }

    public RevokeTokensHandler Revoke { get; }

    public ForgetUserHandler Forget { get; }

    public SquareKeeper Keeper { get; }

    public ForgettingProcess Forgetting { get; }
}

internal sealed class MemoryCheckpoints : ICheckpointStore
{
    private readonly Dictionary<string, Checkpoint> _saved = new(StringComparer.Ordinal);

    public void Reset() => _saved.Clear();

    public Action<LogPosition>? OnSaved { get; set; }

    public ValueTask<Checkpoint> LoadAsync(string name, CancellationToken cancel = default) =>
        new(_saved.GetValueOrDefault(name, Checkpoint.Start));

    public async ValueTask SaveAsync(string name, Checkpoint checkpoint, CancellationToken cancel = default)
    {
        var before = await LoadAsync(name, cancel);
        if (before.Resets != checkpoint.Resets) throw new CheckpointResetException(name);
        _saved[name] = checkpoint with { Anchor = checkpoint.Anchor ?? before.Anchor };
        OnSaved?.Invoke(checkpoint.Position);
    }

    public async ValueTask ResetAsync(string name, Checkpoint checkpoint, CancellationToken cancel = default) =>
        _saved[name] = checkpoint with { Resets = (await LoadAsync(name, cancel)).Resets + 1 };
}

/// <summary>The time of another clock; whoever waits by it does not wait.</summary>
internal sealed class HastyClock(TimeProvider clock) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        callback(state);
        return new Over();
    }

    private sealed class Over : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}

/// <summary>A clock that stands still.</summary>
internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
