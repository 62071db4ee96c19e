using System.Collections.Immutable;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Domain.Tokens;

/// <summary>What a ticket allows for one connection.</summary>
/// <param name="Out">The mailbox that the holder may write.</param>
/// <param name="In">The mailbox that he may read.</param>
/// <param name="Peer">Whom he may notify.</param>
public readonly record struct Grant(MailboxName Out, MailboxName In, UserKey Peer);

/// <summary>
/// What its holder may do at the mailboxes, the uploads and the notifications, until it runs out. They know no users:
/// the ticket is all they ask for.
/// </summary>
public sealed class Ticket
{
    /// <summary>The most grants that one ticket can hold.</summary>
    public const int MaxGrants = 64;

    /// <exception cref="ArgumentException">More than 64 grants.</exception>
    public Ticket(UserKey userKey, BitName bit, DateTimeOffset issuedAt, DateTimeOffset expiresAt, ImmutableArray<Grant> grants)
    {
        if (!grants.IsDefault && grants.Length > MaxGrants)
            throw new ArgumentException($"A ticket holds at most {MaxGrants} grants.", nameof(grants));

        UserKey = userKey;
        Bit = bit;
        IssuedAt = issuedAt;
        ExpiresAt = expiresAt;
        Grants = grants.IsDefault ? [] : grants;
    }

    /// <summary>The holder, as the notification server knows him.</summary>
    public UserKey UserKey { get; }

    /// <summary>The holder's connections-changed bit.</summary>
    public BitName Bit { get; }

    /// <summary>Whole milliseconds when read from a token, UTC.</summary>
    public DateTimeOffset IssuedAt { get; }

    /// <summary>From this moment on the ticket is refused as expired.</summary>
    public DateTimeOffset ExpiresAt { get; }

    public ImmutableArray<Grant> Grants { get; }

    public bool MayWrite(MailboxName mailbox)
    {
        foreach (ref readonly var grant in Grants.AsSpan())
            if (grant.Out == mailbox)
                return true;

        return false;
    }

    public bool MayRead(MailboxName mailbox)
    {
        foreach (ref readonly var grant in Grants.AsSpan())
            if (grant.In == mailbox)
                return true;

        return false;
    }

    public bool MayNotify(UserKey peer)
    {
        foreach (ref readonly var grant in Grants.AsSpan())
            if (grant.Peer == peer)
                return true;

        return false;
    }
}
