using Cqrs.Domain.Audit;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Survival.Tests.Audit;

/// <summary>
/// The whole log of a data folder, read from the first event and folded afresh, beside whatever runs there. Everything
/// that may never stand in a log is noted as a fault.
/// </summary>
internal sealed class LogAudit
{
    private readonly List<string> _faults = [];
    private readonly HashSet<Guid> _ids = [];
    private readonly Dictionary<string, long> _versions = [];
    private readonly Dictionary<string, PhoneOwnership> _phones = [];
    private readonly Dictionary<UserId, User> _users = [];
    private readonly Dictionary<ConnectionId, List<(long Position, Connection State)>> _connections = [];
    private readonly List<DecodedEvent> _events = [];

    private LogAudit()
    {
    }

    public long Head { get; private set; }

    public IReadOnlyList<DecodedEvent> Events => _events;

    public IReadOnlyDictionary<UserId, User> Users => _users;

    public IEnumerable<PhoneOwnership> Phones => _phones.Values;

    public IEnumerable<(ConnectionId Id, Connection State)> Connections => _connections.Select(pair => (pair.Key, pair.Value[^1].State));

    /// <summary>The faults of the log itself, and whoever owns more than one number.</summary>
    public IReadOnlyList<string> Faults =>
    [
        .. _faults,
        .. _phones.Values.Where(phone => phone.Owner is not null).GroupBy(phone => phone.Owner).Where(twice => twice.Count() > 1)
            .Select(twice => $"{twice.Key} owns two numbers"),
    ];

    /// <summary>Squares without a connection that needs them, and connections without their square.</summary>
    public IReadOnlyList<string> Leaks =>
    [
        .. _users.Values.Where(user => user.Status != UserStatus.Forgotten).Select(Leak).Where(leak => leak is not null).Select(leak => leak!),
    ];

    public static async Task<LogAudit> ReadAsync(string folder)
    {
        await using var log = SqliteEventLog.Open(folder);
        using var keys = SqliteKeys.Open(folder, MasterKeyFile.LoadOrCreate(folder));
        var codec = new EventCodec(DomainEvents.All, keys);
        var audit = new LogAudit();
        for (var (from, end) = (LogPosition.Start, false); !end;)
        {
            var page = await log.ReadAllAsync(from, 1_000);
            foreach (var decoded in await codec.DecodeAsync(page.Events)) audit.Add(decoded);
            (from, end) = (page.Position, page.IsEnd);
        }

        return audit;
    }

    /// <summary>What the user sees now of each of his connections; those of which he sees nothing are left out.</summary>
    public IReadOnlyDictionary<Guid, ConnectionView> ListOf(UserId user) => Connections
        .Select(connection => (connection.Id, View: connection.State.ViewOf(user)))
        .Where(entry => entry.View != ConnectionView.None)
        .ToDictionary(entry => entry.Id.Value, entry => entry.View);

    /// <summary>Everything that the user saw of a connection between two positions, the earlier one included.</summary>
    public IEnumerable<ConnectionView> ViewsOf(UserId user, ConnectionId connection, long since, long until)
    {
        if (!_connections.TryGetValue(connection, out var states)) return [];
        var before = states.Where(state => state.Position <= since).Select(state => state.State).LastOrDefault(Connection.Initial);
        return states.Where(state => state.Position > since && state.Position <= until).Select(state => state.State)
            .Prepend(before).Select(state => state.ViewOf(user));
    }

    private void Add(DecodedEvent decoded)
    {
        var (recorded, stream) = (decoded.Recorded, decoded.Recorded.Stream);
        var @event = (IDomainEvent)decoded.Event;
        if (!_ids.Add(recorded.Id)) Fault(recorded, "has the id of another event");
        if (recorded.Position.Value <= Head) Fault(recorded, "does not follow the one before it");
        if (recorded.Version != _versions.GetValueOrDefault(stream, -1) + 1) Fault(recorded, "leaves a hole in its stream");
        _versions[stream] = recorded.Version;
        Head = recorded.Position.Value;
        _events.Add(decoded);

        var id = stream[(stream.IndexOf('-', StringComparison.Ordinal) + 1)..];
        switch (stream.Split('-')[0])
        {
            case StreamNames.Users:
                var user = _users.GetValueOrDefault(new(Guid.Parse(id)), User.Initial);
                if (!Legality.May(user, @event)) Fault(recorded, $"may not happen to a user who is {user.Status}");
                _users[new(Guid.Parse(id))] = user.Evolve(@event);
                break;
            case StreamNames.Connections:
                if (!_connections.TryGetValue(new(Guid.Parse(id)), out var states)) _connections[new(Guid.Parse(id))] = states = [];
                var before = states.Count == 0 ? Connection.Initial : states[^1].State;
                if (!Legality.May(before, @event)) Fault(recorded, $"may not happen to a pair that is {before.Phase}");
                states.Add((Head, before.Evolve(@event)));
                break;
            case StreamNames.Phones:
                var phone = _phones.GetValueOrDefault(id, PhoneOwnership.Initial);
                if (!Legality.May(phone, @event)) Fault(recorded, "may not happen to that number");
                _phones[id] = phone.Evolve(@event);
                break;
            case StreamNames.Audits:
                if (@event is not PersonalDataRevealed) Fault(recorded, "is no event of an audit");
                break;
            default:
                Fault(recorded, "lies in a stream of no known kind");
                break;
        }
    }

    private void Fault(RecordedEvent recorded, string what) =>
        _faults.Add($"{recorded.Type} at {recorded.Position}, number {recorded.Version} of {recorded.Stream}, {what}");

    private string? Leak(User user)
    {
        var held = user.Squares.Select(square => square.Connection).Order().ToList();
        var needed = Connections.Where(connection => connection.State.TakesSquareOf(user.Id)).Select(connection => connection.Id).Order().ToList();
        return held.SequenceEqual(needed) ? null : $"user {user.Id} holds squares for [{string.Join(", ", held)}] and needs [{string.Join(", ", needed)}]";
    }
}
