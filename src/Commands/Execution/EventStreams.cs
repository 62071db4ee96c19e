using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Caching;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Commands.Execution;

/// <summary>
/// Loads streams into state and appends what was decided. A state once folded is kept; a later load reads only what
/// the stream has got since, so it is always as fresh as the log.
/// </summary>
/// <param name="cached">How many states of each kind are kept, about.</param>
public sealed class EventStreams(IEventLog log, EventCodec codec, int cached = 65_536)
{
    /// <summary>Version conflicts of one command before it gives up; each means that another one got through.</summary>
    internal const int MaxConflicts = 100;

    private const int PageSize = 500;

    private readonly GenerationCache<string, LoadedStream<User>> _users = new(cached);
    private readonly GenerationCache<string, LoadedStream<Connection>> _connections = new(cached);
    private readonly GenerationCache<string, LoadedStream<PhoneOwnership>> _phones = new(cached);

    public ValueTask<LoadedStream<User>> LoadAsync(UserId user, CancellationToken cancel = default) =>
        LoadAsync(_users, StreamNames.Of(user), User.Initial, static (state, e) => state.Evolve(e), cancel);

    public ValueTask<LoadedStream<Connection>> LoadAsync(ConnectionId connection, CancellationToken cancel = default) =>
        LoadAsync(_connections, StreamNames.Of(connection), Connection.Initial, static (state, e) => state.Evolve(e), cancel);

    public ValueTask<LoadedStream<PhoneOwnership>> LoadPhoneAsync(string key, CancellationToken cancel = default) =>
        LoadAsync(_phones, StreamNames.OfPhone(key), PhoneOwnership.Initial, static (state, e) => state.Evolve(e), cancel);

    public Task<LoadedStream<User>?> TryAppendAsync(
        LoadedStream<User> user, IReadOnlyList<IDomainEvent> events, CommandContext context) =>
        TryAppendAsync(_users, user, events, static (state, e) => state.Evolve(e), context);

    public Task<LoadedStream<Connection>?> TryAppendAsync(
        LoadedStream<Connection> connection, IReadOnlyList<IDomainEvent> events, CommandContext context) =>
        TryAppendAsync(_connections, connection, events, static (state, e) => state.Evolve(e), context);

    public Task<LoadedStream<PhoneOwnership>?> TryAppendAsync(
        LoadedStream<PhoneOwnership> phone, IReadOnlyList<IDomainEvent> events, CommandContext context) =>
        TryAppendAsync(_phones, phone, events, static (state, e) => state.Evolve(e), context);

    /// <summary>Load, decide, append; again from the start when somebody else was faster.</summary>
    public async Task<Outcome<User>> ExecuteAsync(
        UserId id, Func<User, Decision> decide, CommandContext context, CancellationToken cancel = default)
    {
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            var user = await LoadAsync(id, cancel);
            if (user.Has(context.Command.EventId(user.Stream, 0))) return new(user, Refusal: null, Appended: true);
            var decision = decide(user.State);
            if (decision.Events.Count == 0) return new(user, decision.Refusal, Appended: false);
            if (await TryAppendAsync(user, decision.Events, context) is { } after) return new(after, decision.Refusal, Appended: true);
        }

        throw new TooContendedException(StreamNames.Of(id));
    }

    /// <summary>What is kept of a user who is forgotten goes at once.</summary>
    public void Evict(UserId user) => _users.Remove(StreamNames.Of(user));

    private async ValueTask<LoadedStream<TState>> LoadAsync<TState>(
        GenerationCache<string, LoadedStream<TState>> cache, string stream, TState initial,
        Func<TState, IDomainEvent, TState> evolve, CancellationToken cancel)
    {
        var loaded = cache.Find(stream) ?? new(stream, initial, StreamVersion.None, LogPosition.Start);
        var seen = loaded.Version;
        for (var end = false; !end;)
        {
            var slice = await log.ReadStreamAsync(stream, loaded.Version + 1, PageSize, cancel: cancel);
            end = slice.IsEnd;
            if (slice.Events.Count == 0) break;

            var state = loaded.State;
            var ids = new Guid[slice.Events.Count];
            for (var i = 0; i < slice.Events.Count; i++)
            {
                state = evolve(state, (IDomainEvent)(await codec.DecodeAsync(slice.Events[i], cancel)).Event);
                ids[i] = slice.Events[i].Id;
            }

            loaded = loaded.With(state, slice.Events[^1].Version, slice.Events[^1].Position, ids);
        }

        if (loaded.Version != seen) cache.Set(stream, loaded);
        return loaded;
    }

    /// <returns>
    /// The stream with the events; null when it has moved on, and the caller must look again. He must, too, when his
    /// events are there already: a twin of his command was faster, and what that one drew (a code, a key, a user id) is
    /// in the log and not what he has in his hands.
    /// </returns>
    private async Task<LoadedStream<TState>?> TryAppendAsync<TState>(
        GenerationCache<string, LoadedStream<TState>> cache, LoadedStream<TState> loaded, IReadOnlyList<IDomainEvent> events,
        Func<TState, IDomainEvent, TState> evolve, CommandContext context)
    {
        var encoded = await codec.EncodeAsync(loaded.Stream, events, context.Metadata);

        try
        {
            // Once begun an append is awaited: nobody could tell whether a cancelled one took effect.
            var appended = await log.AppendAsync(loaded.Stream, loaded.Expected, encoded, CancellationToken.None);
            context.Written.Reach(appended.Position);
            if (appended.AlreadyThere) return null;
            var state = loaded.State;
            foreach (var e in events) state = evolve(state, e);
            var after = loaded.With(state, appended.LastVersion, appended.Position, [.. encoded.Select(e => e.Id)]);
            cache.Set(loaded.Stream, after);
            return after;
        }
        catch (WrongExpectedVersionException)
        {
            return null;
        }
    }
}

/// <summary>Others changed the same stream again and again while this command tried; nothing was changed by it.</summary>
public sealed class TooContendedException(string stream) : Exception($"Stream '{stream}' is changed too often at once.");
