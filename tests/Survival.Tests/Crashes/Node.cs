using Cqrs.Commands.Connections;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Idempotency;
using Cqrs.Commands.Numbers;
using Cqrs.Commands.Registration;
using Cqrs.Commands.Squares;
using Cqrs.Commands.Users;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Registration;
using Cqrs.Domain.Tokens;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;
using Cqrs.Survival.Tests.Processes;

namespace Cqrs.Survival.Tests.Crashes;

/// <summary>
/// The write side as the server wires it, on a data folder, with a fuse in it. A new node on the same folder is the
/// server after a restart.
/// </summary>
internal sealed class Node : IConnectionsOfUser, IAsyncDisposable
{
    private readonly SqliteEventLog _file;
    private readonly SqliteKeys _keys;
    private readonly SqliteCommandStore _store;
    private readonly SqliteProjection _lists;
    private readonly ConnectionsReader _reader;

    public Node(string folder, Fuse fuse)
    {
        var clock = TimeProvider.System;
        _file = SqliteEventLog.Open(folder);
        _keys = SqliteKeys.Open(folder, MasterKeyFile.LoadOrCreate(folder));
        _store = SqliteCommandStore.Open(folder, _keys, _keys, clock);
        Log = new(_file, fuse);
        Codec = new(DomainEvents.All, _keys);
        var sealer = new PersonalSealer(_keys);
        var model = new ConnectionsModel();
        _lists = SqliteProjection.Open(Path.Combine(folder, "projections"), model);
        _reader = new(Path.Combine(folder, "projections"), model, sealer);

        Streams = new(Log, Codec);
        Numbers = new(Streams, _keys, SecureDraws.Shared);
        var squares = new SquareReservations(Streams, new(), clock);
        var executor = new ConnectionExecutor(Streams, squares);
        var ids = new RegistrationIds(_keys);
        var rules = new RegistrationRules { SendsPerNumberPerDay = null };
        Register = new(Streams, Numbers, ids, rules, new AllowedCountries([]), SecureDraws.Shared);
        Verify = new(Streams, ids, new TokenKeys(0, [new(0, new byte[32])]), SecureDraws.Shared);
        Invite = new(Streams, Numbers, executor, squares, SecureDraws.Shared);
        Step = new(executor);
        Forget = new(Streams, Numbers, new MortalKeys(_keys, fuse));
        Keeper = new(Log, Codec, squares, new(), _store, clock);
        Forgetting = new(Log, Codec, Streams, executor, Forget, this, _store, clock);
    }

    public MortalLog Log { get; }

    public EventCodec Codec { get; }

    public EventStreams Streams { get; }

    public PhoneRegistry Numbers { get; }

    public ISubjectKeys Keys => _keys;

    public RequestRegistrationHandler Register { get; }

    public VerifyRegistrationHandler Verify { get; }

    public InviteSomeoneHandler Invite { get; }

    public StepConnectionHandler Step { get; }

    public ForgetUserHandler Forget { get; }

    private SquareKeeper Keeper { get; }

    private ForgettingProcess Forgetting { get; }

    public async ValueTask<IReadOnlyList<ConnectionId>> FindAsync(UserId user, LogPosition atLeast, CancellationToken cancel)
    {
        await _lists.WaitAsync(atLeast, cancel);
        return _reader.PairsOf(user);
    }

    /// <summary>The process managers, from their start until they have seen everything and nothing more comes of it.</summary>
    public async Task SettleAsync()
    {
        using var stop = new CancellationTokenSource();
        var failures = new List<Exception>();
        var (keeper, forgetting) = (Keeper.Follower(), Forgetting.Follower());
        keeper.OnFailure = forgetting.OnFailure = (failure, _) => failures.Add(failure);
        var running = Task.WhenAll(
            new ProjectionRunner(_lists, Log, Codec, TimeProvider.System).RunAsync(stop.Token),
            forgetting.RunAsync(stop.Token), Keeper.RunAsync(keeper, stop.Token));
        try
        {
            await Waiting.UntilAsync(
                async () =>
                {
                    var head = await Log.HeadAsync();
                    return failures.Count > 0 || new[] { keeper, forgetting }.All(follower => follower.Status.Position >= head);
                },
                "the process managers have seen everything");
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }

        failures.ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _lists.Dispose();
        _store.Dispose();
        _keys.Dispose();
        await _file.DisposeAsync();
    }
}
