using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Log;

namespace Cqrs.Notifications.Relays;

/// <summary>
/// What the relay has to know of users, who are strangers to the notification server. Answers as of a position of the log
/// or later.
/// </summary>
public interface IWhoIsWho
{
    /// <summary>
    /// Under which keys their devices are known. Who has no app (yet), no device to be told on, or was forgotten, is not in it.
    /// </summary>
    /// <exception cref="TimeoutException">The position is not reached soon.</exception>
    ValueTask<IReadOnlyDictionary<UserId, UserKey>> KeysOfAsync(IReadOnlyCollection<UserId> users, LogPosition atLeast, CancellationToken cancel);

    /// <summary>The invites to him that are not answered.</summary>
    /// <exception cref="TimeoutException">The position is not reached soon.</exception>
    ValueTask<IReadOnlyList<PendingInvite>> InvitesToAsync(UserId user, LogPosition atLeast, CancellationToken cancel);
}
