using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.Connections;

/// <param name="FirstName">As the inviter typed it, until the invitee is connected; else the other side's own. Empty when erased.</param>
/// <param name="Peer">Only where connected.</param>
public sealed record ConnectionEntry(
    ConnectionId Connection, ConnectionView State, string FirstName, string LastName, string Phone, DateTimeOffset Since, Peer? Peer)
{
    public override string ToString() => $"{Connection} {State}";
}

/// <summary>What a phone needs to reach the other side: his half for this connection, and his user key.</summary>
public sealed record Peer(MailboxHalf Half, UserKey UserKey);

/// <param name="Version">Position of the newest event that changed the list; 0 for one that never changed.</param>
/// <param name="Key">The user's own mailbox key; null where he has none (yet, or any more).</param>
public sealed record ConnectionList(long Version, int SquaresUsed, IReadOnlyList<ConnectionEntry> Entries, MailboxKey? Key);

/// <summary>An invite, found by the code of its link.</summary>
/// <param name="InviterFirstName">Null when erased.</param>
public sealed record InviteByCode(ConnectionId Connection, UserId Inviter, string? InviterFirstName, bool IsOpen)
{
    public override string ToString() => $"{Connection} {(IsOpen ? "open" : "ended")}";
}

/// <summary>Asks the lists of connections.</summary>
public sealed class ConnectionsReader : IDisposable
{
    private readonly SqliteReaders _readers;
    private readonly PersonalSealer _sealer;
    private readonly KnownUsers _known;

    public ConnectionsReader(string folder, ConnectionsModel model, PersonalSealer sealer) =>
        (_readers, _sealer, _known) = (new(folder, model.Name), sealer, new(sealer));

    /// <summary>The version of a user's list, without the list.</summary>
    public long VersionOf(UserId user)
    {
        using var lease = _readers.Rent();
        return Version(lease, user);
    }

    /// <summary>A user's list, oldest entry first, as of one moment.</summary>
    public async ValueTask<ConnectionList> ListAsync(UserId user, CancellationToken cancel = default)
    {
        var (version, rows, own) = Read(user);
        var self = await PersonAsync(user, own, cancel);
        var entries = new List<ConnectionEntry>(rows.Count);
        var used = 0;
        foreach (var row in rows)
        {
            var view = row.ViewOf(user);
            if (view is ConnectionView.None) continue;
            if (view is ConnectionView.Inviting or ConnectionView.Connected or ConnectionView.Rejected) used++;
            entries.Add(await EntryAsync(row, user, view, cancel));
        }

        entries.Sort((one, other) => (one.Since, one.Connection).CompareTo((other.Since, other.Connection)));
        return new(version, used, entries, MailboxKey.TryParse(self?.MailboxKey, out var key) ? key : null);
    }

    /// <summary>All pairs that a user is part of and of which either side still sees anything.</summary>
    public IReadOnlyList<ConnectionId> PairsOf(UserId user) => [.. Read(user).Rows.Select(row => row.Id)];

    /// <summary>What a user is known as; null where he has no mailbox key (yet, or any more).</summary>
    public ValueTask<KnownAs?> KnownAsAsync(UserId user, CancellationToken cancel = default) => _known.FindAsync(user, ReadPerson(user), cancel);

    /// <summary>What the users are known as, read at one go. Who has no mailbox key (yet, or any more) is not in it.</summary>
    public async ValueTask<IReadOnlyDictionary<UserId, KnownAs>> KnownAsAsync(IReadOnlyCollection<UserId> users, CancellationToken cancel = default)
    {
        var found = new Dictionary<UserId, KnownAs>(users.Count);
        foreach (var (user, person) in ReadPeople(users))
        {
            if (await _known.FindAsync(user, person, cancel) is { } known) found[user] = known;
        }

        return found;
    }

    /// <summary>The invites to a user that wait for his answer.</summary>
    public IReadOnlyList<(ConnectionId Connection, UserId Inviter, DateTimeOffset Since)> InvitesTo(UserId invitee)
    {
        using var lease = _readers.Rent();
        using var row = lease.Query(
            "SELECT id, inviter, since FROM pairs WHERE invitee = $1 AND phase = $2 ORDER BY since, id", invitee.Blob(), (int)ConnectionPhase.Inviting);
        var invites = new List<(ConnectionId Connection, UserId Inviter, DateTimeOffset Since)>();
        while (row.Read()) invites.Add((new(row.Id(0)), new(row.Id(1)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))));
        return invites;
    }

    /// <summary>Lists that changed after a version, oldest change first. No bit where the user has no mailbox key (yet, or any more).</summary>
    public async ValueTask<IReadOnlyList<(BitName? Bit, long Version)>> ChangedSinceAsync(long version, int max, CancellationToken cancel = default)
    {
        var changed = new List<(BitName? Bit, long Version)>();
        foreach (var (user, changedAt, person) in ReadChanged(version, max))
            changed.Add(((await _known.FindAsync(user, person, cancel))?.BitName, changedAt));

        return changed;
    }

    /// <returns>Null where no invite that is remembered had this code.</returns>
    public async ValueTask<InviteByCode?> FindInviteAsync(string code, CancellationToken cancel = default)
    {
        if (ReadInvite(code) is not var (invite, sealedPerson)) return null;
        var person = await PersonAsync(invite.Inviter, sealedPerson, cancel);
        return invite with { InviterFirstName = person?.First };
    }

    public void Dispose() => _readers.Dispose();

    private ValueTask<Person?> PersonAsync(UserId user, string? person, CancellationToken cancel) =>
        SealedPerson.OpenAsync(_sealer, StreamNames.Of(user), user, person, cancel);

    private async ValueTask<ConnectionEntry> EntryAsync(Pair row, UserId user, ConnectionView view, CancellationToken cancel)
    {
        var peer = row.Inviter == user ? row.Invitee : row.Inviter;
        var person = await PersonAsync(peer, row.PeerPerson, cancel);
        var named = view is ConnectionView.Inviting or ConnectionView.Rejected
            ? await SealedPerson.OpenAsync(_sealer, StreamNames.Of(row.Id), row.Invitee, row.Typed, cancel)
            : person;
        return new(
            row.Id, view, named?.First ?? "", named?.Last ?? "", person?.Phone ?? "", row.Since,
            view is ConnectionView.Connected && MailboxKey.TryParse(person?.MailboxKey, out var key)
                ? new(key.HalfFor(row.Id), key.UserKey)
                : null);
    }

    private (long Version, List<Pair> Rows, string? Own) Read(UserId user)
    {
        using var lease = _readers.Rent();
        lease.BeginSnapshot();
        var version = Version(lease, user);
        var own = Person(lease, user);
        var rows = new List<Pair>();
        using var reader = lease.Query(
            """
            SELECT p.id, p.inviter, p.invitee, p.phase, p.contact_of, p.since, p.typed, o.person
            FROM pairs p LEFT JOIN people o ON o.id = p.invitee WHERE p.inviter = $1
            UNION ALL
            SELECT p.id, p.inviter, p.invitee, p.phase, p.contact_of, p.since, p.typed, o.person
            FROM pairs p LEFT JOIN people o ON o.id = p.inviter WHERE p.invitee = $1
            """,
            user.Blob());
        while (reader.Read()) rows.Add(Pair.From(reader));
        return (version, rows, own);
    }

    private string? ReadPerson(UserId user)
    {
        using var lease = _readers.Rent();
        return Person(lease, user);
    }

    private List<(UserId User, string? Person)> ReadPeople(IReadOnlyCollection<UserId> users)
    {
        using var lease = _readers.Rent();
        lease.BeginSnapshot();
        var people = new List<(UserId User, string? Person)>(users.Count);
        foreach (var user in users) people.Add((user, Person(lease, user)));
        return people;
    }

    private static string? Person(SqliteReaders.Lease lease, UserId user)
    {
        using var row = lease.Query("SELECT person FROM people WHERE id = $1", user.Blob());
        return row.Read() ? row.Text(0) : null;
    }

    private List<(UserId User, long Version, string? Person)> ReadChanged(long version, int max)
    {
        using var lease = _readers.Rent();
        using var row = lease.Query(
            """
            SELECT l.user, l.version, o.person FROM lists l LEFT JOIN people o ON o.id = l.user
            WHERE l.version > $1 ORDER BY l.version LIMIT $2
            """,
            version, max);
        var changed = new List<(UserId User, long Version, string? Person)>();
        while (row.Read()) changed.Add((new(row.Id(0)), row.GetInt64(1), row.Text(2)));
        return changed;
    }

    private (InviteByCode Invite, string? Person)? ReadInvite(string code)
    {
        using var lease = _readers.Rent();
        using var row = lease.Query(
            "SELECT p.id, p.inviter, p.phase, o.person FROM pairs p LEFT JOIN people o ON o.id = p.inviter WHERE p.code = $1",
            ConnectionsModel.HashOf(code));
        if (!row.Read()) return null;
        var isOpen = row.GetInt32(2) == (int)ConnectionPhase.Inviting;
        return (new(new(row.Id(0)), new(row.Id(1)), InviterFirstName: null, isOpen), row.Text(3));
    }

    private static long Version(SqliteReaders.Lease lease, UserId user)
    {
        using var row = lease.Query("SELECT version FROM lists WHERE user = $1", user.Blob());
        return row.Read() ? row.GetInt64(0) : LogPosition.Start.Value;
    }

    private readonly record struct Pair(
        ConnectionId Id, UserId Inviter, UserId Invitee, ConnectionPhase Phase, UserId? ContactOf, DateTimeOffset Since, string? Typed, string? PeerPerson)
    {
        public static Pair From(SqliteRows row) => new(
            new(row.Id(0)), new(row.Id(1)), new(row.Id(2)), (ConnectionPhase)row.GetInt32(3),
            row.IsDBNull(4) ? null : new(row.Id(4)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)), row.Text(6), row.Text(7));

        public ConnectionView ViewOf(UserId user) => Connection.ViewOf(Phase, Inviter, ContactOf, user);
    }
}
