using System.Security.Cryptography;
using System.Text;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.Connections;

/// <summary>
/// Every user's list of connections. A row for each pair of which at least one side sees anything; the people in them;
/// and for each user the version of his list: the position of the newest event that changed what he sees. The
/// connections-changed bits follow from those versions.
/// </summary>
public sealed class ConnectionsModel : ISqliteModel
{
    private const string TouchList =
        "INSERT INTO lists (user, version) VALUES ($1, $2) ON CONFLICT (user) DO UPDATE SET version = max(version, excluded.version)";

    public string Name => "connections";

    public LogFilter Filter { get; } = new()
    {
        Types =
        [
            "user-invited.v1", "registration-requested.v1", "user-verified.v1", "user-forgotten.v1",
            "invite-sent.v1", "invite-accepted.v1", "invite-rejected.v1", "rejection-acknowledged.v1", "invite-cancelled.v1",
            "connection-cleared.v1", "entry-cleared.v1", "party-forgotten.v1",
        ],
    };

    // Rows are long and ids are scattered: short indexes beside rows in the order of their coming touch fewer pages.
    public string Schema => """
        CREATE TABLE IF NOT EXISTS people (id BLOB NOT NULL PRIMARY KEY, verified INTEGER NOT NULL, person TEXT);
        CREATE TABLE IF NOT EXISTS pairs (
            id BLOB NOT NULL PRIMARY KEY, inviter BLOB NOT NULL, invitee BLOB NOT NULL, phase INTEGER NOT NULL, contact_of BLOB,
            since INTEGER NOT NULL, typed TEXT, code BLOB);
        CREATE INDEX IF NOT EXISTS pairs_by_inviter ON pairs (inviter);
        CREATE INDEX IF NOT EXISTS pairs_by_invitee ON pairs (invitee);
        CREATE TABLE IF NOT EXISTS lists (user BLOB PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
        """;

    public string Indexes => """
        CREATE INDEX IF NOT EXISTS pairs_by_code ON pairs (code) WHERE code IS NOT NULL;
        CREATE INDEX IF NOT EXISTS lists_by_version ON lists (version);
        """;

    public IReadOnlyList<PersonalColumn> Personal { get; } =
    [
        new("people", "person", "id"), new("pairs", "typed", "invitee"), new("pairs", "code", "inviter", IsOpened: true),
    ];

    /// <summary>The code of an invite, which is found by its hash.</summary>
    public IReadOnlySet<string> Opens { get; } = new HashSet<string>(StringComparer.Ordinal) { "code" };

    public void Apply(SqliteTables write, ProjectedEvent projected)
    {
        switch (projected.Event)
        {
            case UserInvited e:
                AddPending(write, e.User, e.Phone);
                break;
            case RegistrationRequested e:
                AddPending(write, e.User, e.Phone);
                break;
            case UserVerified e:
                Verify(write, e);
                TouchPeers(write, e.User, projected.Position);
                Touch(write, projected.Position, e.User);
                break;
            case UserForgotten e:
                write.Run("DELETE FROM people WHERE id = $1", e.User.Blob());
                write.Run("DELETE FROM lists WHERE user = $1", e.User.Blob());
                write.NotAtEnd(TouchList, e.User.Value);
                break;
            default:
                ApplyToPair(write, projected);
                break;
        }
    }

    /// <summary>How a code stands in the table: nobody can read invites out of it.</summary>
    internal static byte[] HashOf(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code))[..16];

    private static void ApplyToPair(SqliteTables write, ProjectedEvent projected)
    {
        var position = projected.Position;
        switch (projected.Event)
        {
            case InviteSent e:
                Invite(write, e);
                Touch(write, position, e.Inviter, e.Invitee);
                break;
            case InviteAccepted e:
                SetPhase(write, e.Connection, ConnectionPhase.Connected, contactOf: null, e.At);
                Touch(write, position, e.Inviter, e.Invitee);
                break;
            case InviteRejected e:
                SetPhase(write, e.Connection, ConnectionPhase.Rejected, contactOf: null, e.At);
                Touch(write, position, e.Inviter, e.Invitee);
                break;
            case RejectionAcknowledged e:
                Remove(write, e.Connection);
                Touch(write, position, e.Inviter);
                break;
            case InviteCancelled e:
                Cancel(write, e);
                Touch(write, position, e.Inviter, e.Invitee);
                break;
            case ConnectionCleared e:
                SetPhase(write, e.Connection, ConnectionPhase.Apart, e.Other, e.At);
                Touch(write, position, e.By, e.Other);
                break;
            case EntryCleared e:
                Remove(write, e.Connection);
                Touch(write, position, e.By);
                break;
            case PartyForgotten e:
                Remove(write, e.Connection);
                Touch(write, position, e.Other);
                break;
        }
    }

    private static void AddPending(SqliteTables write, UserId user, Personal phone)
    {
        write.Run(
            "INSERT INTO people (id, verified, person) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING",
            user.Blob(), new SealedPerson(First: null, Last: null, phone.Text).Text);
    }

    private static void Verify(SqliteTables write, UserVerified e)
    {
        var person = new SealedPerson(e.FirstName.Text, e.LastName.Text, e.Phone.Text, e.MailboxKey.Text);
        write.Run(
            """
            INSERT INTO people (id, verified, person) VALUES ($1, 1, $2)
            ON CONFLICT (id) DO UPDATE SET verified = 1, person = excluded.person
            """,
            e.User.Blob(), person.Text);
    }

    private static void Invite(SqliteTables write, InviteSent e)
    {
        var typed = new SealedPerson(e.FirstName.Text, e.LastName.Text, Phone: null);
        write.Run(
            """
            INSERT INTO pairs (id, inviter, invitee, phase, contact_of, since, typed, code) VALUES ($1, $2, $3, $4, NULL, $5, $6, $7)
            ON CONFLICT (id) DO UPDATE SET
                inviter = excluded.inviter, invitee = excluded.invitee, phase = excluded.phase, since = excluded.since,
                typed = excluded.typed, code = excluded.code,
                contact_of = CASE WHEN contact_of = excluded.invitee THEN contact_of END
            """,
            e.Connection.Blob(), e.Inviter.Blob(), e.Invitee.Blob(), (int)ConnectionPhase.Inviting, e.At.ToUnixTimeMilliseconds(),
            typed.Text, e.Code.Text is { } code ? HashOf(code) : null);
    }

    // The code stays with the pair: its page tells those who come late that the invite has ended.
    private static void SetPhase(SqliteTables write, ConnectionId id, ConnectionPhase phase, UserId? contactOf, DateTimeOffset since) =>
        write.Run(
            "UPDATE pairs SET phase = $2, contact_of = $3, since = $4 WHERE id = $1",
            id.Blob(), (int)phase, contactOf?.Blob(), since.ToUnixTimeMilliseconds());

    private static void Cancel(SqliteTables write, InviteCancelled e)
    {
        if (!e.Seen) write.Run("DELETE FROM pairs WHERE id = $1 AND contact_of IS NULL", e.Connection.Blob());
        SetPhase(write, e.Connection, ConnectionPhase.Apart, e.Invitee, e.At);
    }

    private static void Remove(SqliteTables write, ConnectionId id) => write.Run("DELETE FROM pairs WHERE id = $1", id.Blob());

    private static void Touch(SqliteTables write, LogPosition position, params ReadOnlySpan<UserId> users)
    {
        foreach (var user in users) write.RunAtEnd(TouchList, user.Value, position.Value);
    }

    // Whoever sees this person's own names sees them change. Who he is connected with, or has invited, or who holds him as
    // a contact; it costs little to touch the others, too.
    private static void TouchPeers(SqliteTables write, UserId user, LogPosition position) =>
        write.Run(
            """
            INSERT INTO lists (user, version)
            SELECT invitee, $2 FROM pairs WHERE inviter = $1 UNION ALL SELECT inviter, $2 FROM pairs WHERE invitee = $1
            ON CONFLICT (user) DO UPDATE SET version = excluded.version
            """,
            user.Blob(), position.Value);
}
