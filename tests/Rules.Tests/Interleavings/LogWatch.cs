using System.Globalization;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>Folds the log event by event while it is written, and holds it to what must be true at any moment.</summary>
internal sealed class LogWatch(EventCodec codec, int squares)
{
    private readonly HashSet<(string, Guid)> _ids = [];
    private readonly Dictionary<string, HashSet<UserId>> _usersOf = new(StringComparer.Ordinal);

    public List<(RecordedEvent Recorded, IDomainEvent Event)> All { get; } = [];

    public Dictionary<UserId, User> Users { get; } = [];

    public Dictionary<ConnectionId, Connection> Connections { get; } = [];

    public Dictionary<string, PhoneOwnership> Phones { get; } = new(StringComparer.Ordinal);

    /// <summary>What was found wrong first.</summary>
    public string? Fault { get; private set; }

    public void Appended(IReadOnlyList<RecordedEvent> events)
    {
        foreach (var recorded in events)
        {
            var @event = (IDomainEvent)codec.DecodeAsync(recorded).Result.Event;
            All.Add((recorded, @event));
            // The number of somebody who left may be claimed again by the very words that claimed it for him.
            if (!_ids.Add((recorded.Stream, recorded.Id)) && @event is not (PhoneClaimed or PhoneReleased))
                Blame($"{recorded.Type} has an id that its stream has already: a command took effect twice");
            switch (LogCategory.Of(recorded.Stream))
            {
                case StreamNames.Users:
                    UserChanged(@event, new(Guid.Parse(recorded.Stream.AsSpan(StreamNames.Users.Length + 1))));
                    break;
                case StreamNames.Connections:
                    ConnectionChanged(@event, new(Guid.Parse(recorded.Stream.AsSpan(StreamNames.Connections.Length + 1))));
                    break;
                default:
                    PhoneChanged(@event, recorded.Stream);
                    break;
            }
        }
    }

    /// <summary>Whose number is it, going by the users' own streams?</summary>
    public UserId? UserOf(string phone) =>
        _usersOf.GetValueOrDefault(phone)?.Where(IsAlive).Cast<UserId?>().LastOrDefault();

    public IEnumerable<(ConnectionId Id, Connection Pair)> ConnectionsOf(UserId user) =>
        Connections.Where(pair => pair.Value.IsParty(user)).Select(pair => (pair.Key, pair.Value));

    public User UserAt(UserId user, LogPosition position) => Until(StreamNames.Of(user), position).Aggregate(User.Initial, (state, e) => state.Evolve(e));

    public Connection ConnectionAt(ConnectionId connection, LogPosition position) =>
        Until(StreamNames.Of(connection), position).Aggregate(Connection.Initial, (state, e) => state.Evolve(e));

    public IEnumerable<IDomainEvent> Until(string stream, LogPosition position) =>
        All.Where(e => e.Recorded.Stream == stream && e.Recorded.Position <= position).Select(e => e.Event);

    private void UserChanged(IDomainEvent @event, UserId id)
    {
        var user = Users[id] = Users.GetValueOrDefault(id, User.Initial).Evolve(@event);
        if (user.Id != id) Blame("an event of another user");
        if (user.Squares.Length > squares) Blame($"{user.Squares.Length.ToString(CultureInfo.InvariantCulture)} squares of {squares.ToString(CultureInfo.InvariantCulture)}");
        if (user.Squares.Select(square => square.Connection).Distinct().Count() != user.Squares.Length) Blame("two squares for one connection");
        if (@event is SquareFreed freed) ShouldHoldSquares(freed.Connection);

        var phone = @event switch
        {
            UserInvited e => e.Phone.Text,
            RegistrationRequested e => e.Phone.Text,
            UserVerified e => e.Phone.Text,
            _ => null,
        };
        if (phone is null) return;
        var users = _usersOf.TryGetValue(phone, out var known) ? known : _usersOf[phone] = [];
        users.Add(id);
        if (users.Count(IsAlive) > 1) Blame("two users of one number");
    }

    private void ConnectionChanged(IDomainEvent @event, ConnectionId id)
    {
        var pair = Connections[id] = Connections.GetValueOrDefault(id, Connection.Initial).Evolve(@event);
        if (pair.Invite is { } invite && ConnectionId.Between(invite.Inviter, invite.Invitee) != id) Blame("a pair in another pair's stream");
        ShouldHoldSquares(id);
    }

    private void PhoneChanged(IDomainEvent @event, string stream)
    {
        var before = Phones.GetValueOrDefault(stream, PhoneOwnership.Initial);
        if (@event is PhoneClaimed && before.Owner is not null) Blame("a number was claimed that had an owner");
        if (@event is PhoneReleased released && Users.GetValueOrDefault(released.User, User.Initial).Status != UserStatus.Forgotten)
            Blame("the number of somebody who stays was released");
        Phones[stream] = before.Evolve(@event);
    }

    // Taken before the connection needs it, freed after: there is no moment between.
    private void ShouldHoldSquares(ConnectionId id)
    {
        var pair = Connections.GetValueOrDefault(id, Connection.Initial);
        if (pair.Invite is not { } invite) return;
        foreach (var party in new[] { invite.Inviter, invite.Invitee })
        {
            var user = Users.GetValueOrDefault(party, User.Initial);
            if (pair.TakesSquareOf(party) && user.Status != UserStatus.Forgotten && user.SquareFor(id) is null)
                Blame("a connection takes a square that its user's stream does not hold");
        }
    }

    private bool IsAlive(UserId user) => Users[user].Status is UserStatus.Pending or UserStatus.Verified;

    private void Blame(string fault) => Fault ??= $"At position {All[^1].Recorded.Position} ({All[^1].Recorded.Type}): {fault}.";
}
