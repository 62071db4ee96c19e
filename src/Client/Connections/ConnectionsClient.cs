using Cqrs.Client.Http;
using Cqrs.Client.Registration;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;

namespace Cqrs.Client.Connections;

/// <summary>Invites and the grid of squares. Each change may be repeated: what already took effect answers as the first time.</summary>
public sealed class ConnectionsClient
{
    private readonly Transport _transport;
    private readonly Credentials _credentials;
    private volatile Known? _known;
    private long _shown = -1;
    private long _changes;

    internal ConnectionsClient(Transport transport, Credentials credentials) => (_transport, _credentials) = (transport, credentials);

    /// <summary>Version of the newest list that the app was given.</summary>
    internal long ShownVersion => Volatile.Read(ref _shown);

    /// <summary>The newest list that was fetched, also for the client's own use.</summary>
    internal ConnectionList? Newest => _known?.List;

    /// <summary>Number of calls of this client that ended and may have changed which connections a ticket grants.</summary>
    internal long Changes => Volatile.Read(ref _changes);

    /// <summary>
    /// Invites a person by number; the name is for this user's own grid, until they are connected. Takes a square.
    /// </summary>
    /// <param name="phone">As it stands in the phone book: country and area come from the user's own number.</param>
    /// <exception cref="ApiException">
    /// <c>grid-full</c>, <c>rejection-unacknowledged</c>, <c>already-connected</c>, <c>cannot-invite-yourself</c>,
    /// <c>invalid-phone</c>, <c>invalid-name</c>, <c>invite-limit</c>, <c>rate-limited</c>.
    /// </exception>
    public async Task<SentInvite> InviteAsync(string firstName, string lastName, string phone, CancellationToken cancel = default)
    {
        var call = new ApiCall(HttpMethod.Post, "invites") { Token = _credentials.AuthToken }
            .With(new(firstName, lastName, phone), ClientJson.Default.InviteRequest);

        // An invite that meets an invite of the other side connects both.
        return (await SendChangeAsync(call, cancel)).Read(ClientJson.Default.SentInvite);
    }

    /// <summary>The list, with all that this phone has done. When it has not changed, it is the very same object as before.</summary>
    /// <exception cref="ApiException"><c>unauthorized</c>.</exception>
    public async Task<ConnectionList> ListAsync(CancellationToken cancel = default)
    {
        var list = await FetchAsync(cancel);
        for (var shown = ShownVersion; list.Version > shown; shown = ShownVersion)
            if (Interlocked.CompareExchange(ref _shown, list.Version, shown) == shown)
                break;

        return list;
    }

    /// <summary>Opens an invite. If the inviter cancels it later, the invitee keeps the inviter as a contact.</summary>
    /// <inheritdoc cref="ClearAsync"/>
    public Task<ConnectionView> SeeAsync(ConnectionId connection, CancellationToken cancel = default) => StepAsync(connection, "see", cancel);

    /// <summary>Accepts an invite. Takes a square: <c>grid-full</c> when there is none.</summary>
    /// <inheritdoc cref="ClearAsync"/>
    public Task<ConnectionView> AcceptAsync(ConnectionId connection, CancellationToken cancel = default) => ChangeAsync(connection, "accept", cancel);

    /// <summary>Rejects an invite; the inviter sees the rejection.</summary>
    /// <inheritdoc cref="ClearAsync"/>
    public Task<ConnectionView> RejectAsync(ConnectionId connection, CancellationToken cancel = default) => ChangeAsync(connection, "reject", cancel);

    /// <summary>Acknowledges that an invite was rejected; the square is free.</summary>
    /// <inheritdoc cref="ClearAsync"/>
    public Task<ConnectionView> AcknowledgeAsync(ConnectionId connection, CancellationToken cancel = default) => StepAsync(connection, "acknowledge", cancel);

    /// <summary>Clears a square or an entry: takes an invite back, rejects it, acknowledges, or ends a connection.</summary>
    /// <returns>What this user sees now; <see cref="ConnectionView.None"/> for no entry.</returns>
    /// <exception cref="ApiException"><c>unknown-connection</c>, <c>not-invited</c>, <c>not-rejected</c>.</exception>
    public Task<ConnectionView> ClearAsync(ConnectionId connection, CancellationToken cancel = default) => ChangeAsync(connection, "clear", cancel);

    /// <summary>The list for the client's own use: polls still report to the app that it changed.</summary>
    internal async Task<ConnectionList> FetchAsync(CancellationToken cancel)
    {
        var known = _known;
        var call = new ApiCall(HttpMethod.Get, "connections")
        {
            Token = _credentials.AuthToken,
            MinPosition = _transport.Position,
            Known = known?.ETag,
        };
        var answer = await _transport.SendAsync(call, cancel);
        if (answer.IsNotModified && known is not null) return known.List;
        var list = answer.Read(ClientJson.Default.ConnectionList);
        _known = new(answer.ETag, list);
        return list;
    }

    /// <summary>A step that changes no grant.</summary>
    private async Task<ConnectionView> StepAsync(ConnectionId connection, string step, CancellationToken cancel) =>
        (await _transport.SendAsync(Step(connection, step), cancel)).Read(ClientJson.Default.StepAnswer).State;

    /// <summary>A step that may change which connections a ticket grants.</summary>
    private async Task<ConnectionView> ChangeAsync(ConnectionId connection, string step, CancellationToken cancel) =>
        (await SendChangeAsync(Step(connection, step), cancel)).Read(ClientJson.Default.StepAnswer).State;

    private async Task<ApiAnswer> SendChangeAsync(ApiCall call, CancellationToken cancel)
    {
        try
        {
            return await _transport.SendAsync(call, cancel);
        }
        finally
        {
            // Also after a failure: the server may have made the change although its answer was lost.
            Interlocked.Increment(ref _changes);
        }
    }

    private ApiCall Step(ConnectionId connection, string step) =>
        new(HttpMethod.Post, $"connections/{connection}/{step}") { Token = _credentials.AuthToken };

    private sealed record Known(string? ETag, ConnectionList List);
}
