using Cqrs.Cli.CommandLine;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Push;
using Cqrs.Notifications.Relays;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;

namespace Cqrs.Cli.Trace;

/// <summary>
/// Finds the messages that events asked for, with the state of their deliveries. Their ids derive from the event's, so no
/// search is needed. Deliveries that were done more than a day ago are no longer on record.
/// </summary>
internal sealed class TracedMessages : IDisposable
{
    private static readonly RelayedCodes Codes = new();

    private readonly SqliteDeliveries _deliveries;
    private readonly ConnectionsReader? _connections;

    private TracedMessages(SqliteDeliveries deliveries, ConnectionsReader? connections) => (_deliveries, _connections) = (deliveries, connections);

    /// <returns>Null where this installation has sent nothing yet.</returns>
    public static TracedMessages? Open(Stores stores)
    {
        var (data, sealer) = (stores.Settings.Data, new PersonalSealer(stores.Keys));
        if (!File.Exists(Path.Combine(data, SqliteDeliveries.FileName))) return null;
        var (folder, model) = (Path.Combine(data, "projections"), new ConnectionsModel());
        var reader = File.Exists(SqliteProjection.PathOf(folder, model)) ? new ConnectionsReader(folder, model, sealer) : null;
        return new(SqliteDeliveries.OpenToRead(data, stores.Clock), reader);
    }

    public async Task<IReadOnlyList<TraceNode>> FindAsync(RecordedEvent recorded, IDomainEvent @event, CancellationToken cancel)
    {
        var found = new List<TraceNode>();
        if (Codes.Filter.Types.Contains(recorded.Type))
        {
            foreach (var message in await Codes.MessagesOfAsync([recorded], cancel))
                found.Add(await NodeAsync(message.Id, "sms", cancel) ?? new(TraceNode.Message, message.Id, "sms", At: null, State: "not on record: done more than a day ago, or not relayed yet"));
        }

        // A push goes only to users with the app, so a push that is not on record may never have been requested.
        foreach (var telling in TellingsOf(@event))
        {
            if (await NodeAsync(telling.MessageOf(recorded.Id), $"push {telling.Kind}", cancel) is { } node) found.Add(node);
        }

        return found;
    }

    public void Dispose()
    {
        _connections?.Dispose();
        _deliveries.Dispose();
    }

    private IEnumerable<Telling> TellingsOf(IDomainEvent @event) => @event is UserVerified { Again: false } joined
        ? (_connections?.PairsOf(joined.User) ?? []).Select(pair => new Telling(joined.User, PushKinds.Joined, pair))
        : WhoIsTold.Of(@event, invites: []);

    private async Task<TraceNode?> NodeAsync(Guid id, string what, CancellationToken cancel) =>
        await _deliveries.FindAsync(id, cancel) is { } delivery
            ? new(TraceNode.Message, id, what, At: null, State: delivery.Tries == 0 ? State(delivery) : $"{State(delivery)}, failed {delivery.Tries} times")
            : null;

    private static string State(Delivery delivery) => delivery.State.ToString().ToLowerInvariant();
}
