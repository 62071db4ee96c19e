using Cqrs.Domain.Decisions;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Messaging.Mailboxes;

/// <summary>What one poll finds.</summary>
/// <param name="Changed">Whether the connections-changed bit is set.</param>
/// <param name="Version">The version that the bit stands for; 0 for a bit that was never set.</param>
/// <param name="Mailboxes">In the order in which they were asked for; empty states where nothing was ever written.</param>
public readonly record struct Poll(bool Changed, long Version, ReadOnlyMemory<MailboxState> Mailboxes);

/// <summary>
/// The mailboxes, one for each direction of a connection, in the table that the bits are in, too (docs/formats.md,
/// "DynamoDB items"). Engines differ, their behaviour does not. They know names, and nobody who stands behind them.
/// </summary>
public interface IMailboxes
{
    /// <summary>How long a mailbox is kept after it was last written: three times as long as the video it tells of.</summary>
    static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    /// <summary>One read of a caller's bit and of the mailboxes that he may read.</summary>
    ValueTask<Poll> PollAsync(BitName bit, ReadOnlyMemory<MailboxName> mailboxes, CancellationToken cancel = default);

    /// <summary>Writes into a mailbox, see <see cref="MailboxState.After"/>; durable when answered. Repeating it changes nothing.</summary>
    /// <returns><see cref="MailboxRefusals.OlderVideo"/> where the change would go back in time; then nothing has changed.</returns>
    ValueTask<Refusal?> WriteAsync(MailboxName mailbox, MailboxChange change, CancellationToken cancel = default);
}

/// <summary>Why a mailbox is not written.</summary>
public static class MailboxRefusals
{
    public static readonly Refusal OlderVideo = new("older-video", "The mailbox tells of a newer video already. Nothing was changed.");
}
