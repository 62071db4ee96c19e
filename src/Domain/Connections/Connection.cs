using System.Collections.Immutable;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Domain.Connections;

public enum ConnectionPhase
{
    /// <summary>Neither is asking; one side may hold a plain entry.</summary>
    Apart,

    /// <summary>One has asked, the other has not answered.</summary>
    Inviting,

    Connected,

    /// <summary>The invitee refused, and the inviter has not acknowledged it.</summary>
    Rejected,
}

/// <summary>What one side sees of a connection.</summary>
public enum ConnectionView
{
    None,
    Inviting,
    Invited,
    Connected,
    Rejected,
    Contact,
}

/// <summary>The invite that is pending, or was answered last.</summary>
public sealed record Invite(
    UserId Inviter, UserId Invitee, Personal FirstName, Personal LastName, Personal Code, bool Seen, bool LinkOpened)
{
    /// <summary>This very invite was refused; one before it may have been, too.</summary>
    public bool Rejected { get; init; }

    /// <summary>What was known of a user who is now forgotten goes from memory, too.</summary>
    internal Invite Erase(UserId user) => this with
    {
        FirstName = FirstName.Subject == user ? Personal.Erased(user) : FirstName,
        LastName = LastName.Subject == user ? Personal.Erased(user) : LastName,
        Code = Code.Subject == user ? Personal.Erased(user) : Code,
    };
}

/// <summary>One unordered pair of users, folded from connection-{connectionId}.</summary>
public sealed record Connection
{
    public static readonly Connection Initial = new();

    public ConnectionPhase Phase { get; private init; }

    public Invite? Invite { get; private init; }

    /// <summary>Who holds a plain entry. While invited anew he sees the invite; an unseen one leaves him the entry.</summary>
    public UserId? ContactOf { get; private init; }

    /// <summary>An invite was refused since the two were last connected.</summary>
    public bool WasRejected { get; private init; }

    /// <summary>When invites followed a rejection.</summary>
    public ImmutableArray<DateTimeOffset> InvitedAgainAt { get; private init; } = [];

    public bool IsParty(UserId user) => Invite is { } invite && (invite.Inviter == user || invite.Invitee == user);

    public ConnectionView ViewOf(UserId user) =>
        IsParty(user) ? ViewOf(Phase, Invite!.Inviter, ContactOf, user) : ConnectionView.None;

    /// <summary>What one of the two sees, from the facts that a view depends on.</summary>
    public static ConnectionView ViewOf(ConnectionPhase phase, UserId inviter, UserId? contactOf, UserId user) => phase switch
    {
        ConnectionPhase.Inviting => inviter == user ? ConnectionView.Inviting : ConnectionView.Invited,
        ConnectionPhase.Connected => ConnectionView.Connected,
        ConnectionPhase.Rejected => inviter == user ? ConnectionView.Rejected : ConnectionView.None,
        _ => contactOf == user ? ConnectionView.Contact : ConnectionView.None,
    };

    /// <summary>Does the connection, as it is, take one of this user's squares?</summary>
    public bool TakesSquareOf(UserId user) =>
        ViewOf(user) is ConnectionView.Inviting or ConnectionView.Connected or ConnectionView.Rejected;

    public Connection Evolve(IDomainEvent @event) => @event switch
    {
        InviteSent e => Invited(e),
        InviteLinkOpened => this with { Invite = Invite! with { LinkOpened = true } },
        InviteSeen => this with { Invite = Invite! with { Seen = true } },
        InviteAccepted => this with
        {
            Phase = ConnectionPhase.Connected,
            ContactOf = null,
            WasRejected = false,
            InvitedAgainAt = [],
        },
        InviteRejected => this with
        {
            Phase = ConnectionPhase.Rejected,
            Invite = Invite! with { Rejected = true },
            ContactOf = null,
            WasRejected = true,
        },
        RejectionAcknowledged => this with { Phase = ConnectionPhase.Apart },
        InviteCancelled e => this with
        {
            Phase = ConnectionPhase.Apart,
            ContactOf = e.Seen || ContactOf == e.Invitee ? e.Invitee : null,
        },
        ConnectionCleared e => this with { Phase = ConnectionPhase.Apart, ContactOf = e.Other },
        EntryCleared => this with { ContactOf = null },
        PartyForgotten e => this with { Phase = ConnectionPhase.Apart, ContactOf = null, Invite = Invite!.Erase(e.User) },
        _ => this,
    };

    private Connection Invited(InviteSent e) => this with
    {
        Phase = ConnectionPhase.Inviting,
        Invite = new(e.Inviter, e.Invitee, e.FirstName, e.LastName, e.Code, Seen: false, LinkOpened: false),
        ContactOf = ContactOf == e.Invitee ? e.Invitee : null,
        InvitedAgainAt = WasRejected
            ? InvitedAgainAt.RemoveAll(at => at <= e.At - ConnectionDecider.InvitesAgainWithin).Add(e.At)
            : InvitedAgainAt,
    };
}
