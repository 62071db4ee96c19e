using Cqrs.Commands.Connections;
using Cqrs.Commands.Execution;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Commands.Users;

/// <summary>Which connections concern a user; whoever keeps such a list answers.</summary>
public interface IConnectionsOfUser
{
    /// <summary>All of them, as of <paramref name="atLeast"/> or later; waits until that much has been seen.</summary>
    ValueTask<IReadOnlyList<ConnectionId>> FindAsync(UserId user, LogPosition atLeast, CancellationToken cancel);
}

/// <summary>
/// The process manager that finishes what <see cref="ForgetUserHandler"/> began, also when that one died half-way:
/// the number, the key, and every connection of the user. An invite that was under way while one of its parties was
/// leaving is found when its own event comes by.
/// </summary>
public sealed class ForgettingProcess(
    IEventLog log, EventCodec codec, EventStreams streams, ConnectionExecutor connections, ForgetUserHandler forget,
    IConnectionsOfUser connectionsOf, ICheckpointStore checkpoints, TimeProvider clock)
{
    public const string Name = "forgetting";

    private static readonly LogFilter Filter = new() { Types = ["user-forgotten.v1", "invite-sent.v1"] };

    public LogFollower Follower() => new(Name, log, Filter, checkpoints, HandleAsync, clock);

    /// <summary>Finishes what the events of a page began; what is finished already is left as it is.</summary>
    public async Task HandleAsync(LogPage page, CancellationToken cancel)
    {
        foreach (var recorded in page.Events)
        {
            switch (codec.DecodeErased(recorded))
            {
                case UserForgotten e:
                    await forget.HandleAsync(new(e.User), Context(recorded), cancel);
                    foreach (var connection in await connectionsOf.FindAsync(e.User, recorded.Position, cancel))
                        await CloseAsync(connection, e.User, recorded, cancel);
                    break;
                case InviteSent e when await IsForgottenAsync(e.Invitee, cancel):
                    await CloseAsync(e.Connection, e.Invitee, recorded, cancel);
                    break;
                case InviteSent e when await IsForgottenAsync(e.Inviter, cancel):
                    await CloseAsync(e.Connection, e.Inviter, recorded, cancel);
                    break;
            }
        }
    }

    private async ValueTask<bool> IsForgottenAsync(UserId user, CancellationToken cancel) =>
        (await streams.LoadAsync(user, cancel)).State.Status == UserStatus.Forgotten;

    private Task CloseAsync(ConnectionId id, UserId user, RecordedEvent cause, CancellationToken cancel)
    {
        var context = Context(cause);
        return connections.ExecuteAsync(id, by: null, state => ConnectionDecider.Forget(state, user, context.At), context, cancel);
    }

    private CommandContext Context(RecordedEvent cause) => CommandContext.After(cause, clock.GetUtcNow());
}
