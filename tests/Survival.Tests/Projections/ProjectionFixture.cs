using System.Text;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
using Cqrs.Projections.Engine;
using Cqrs.Survival.Tests.Processes;
using Microsoft.Data.Sqlite;

namespace Cqrs.Survival.Tests.Projections;

/// <summary>A log and projections of it, in a folder of their own.</summary>
internal sealed class ProjectionFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private readonly SqliteKeys _keys;

    public ProjectionFixture()
    {
        Log = SqliteEventLog.Open(_folder.Path);
        _keys = SqliteKeys.Open(_folder.Path, MasterKeyFile.LoadOrCreate(_folder.Path));
    }

    public SqliteEventLog Log { get; }

    public ISubjectKeys Keys => _keys;

    public EventCodec Codec(EventTypes? types = null) => new(types ?? DomainEvents.All, _keys);

    /// <summary>Appends so many events that everybody can read.</summary>
    public async Task AppendAsync(int count)
    {
        var user = new UserId(Guid.NewGuid());
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_000_000);
        var command = new CommandId(Guid.NewGuid());
        var events = Enumerable.Range(1, count).Select(object (epoch) => new TokensRevoked(user, (uint)epoch, at)).ToList();
        var encoded = await Codec().EncodeAsync(StreamNames.Of(user), events, new(command, command.Value, command.Value, Actor: null, at));
        await Log.AppendAsync(StreamNames.Of(user), ExpectedVersion.NoStream, encoded);
    }

    /// <summary>Appends an event by hand.</summary>
    /// <returns>Its position.</returns>
    public async Task<LogPosition> AppendAsync(string type, string json)
    {
        var e = new EventToAppend(Guid.NewGuid(), type, Encoding.UTF8.GetBytes(json), Array.Empty<byte>());
        return (await Log.AppendAsync($"user-{Guid.NewGuid():D}", ExpectedVersion.NoStream, [e])).Position;
    }

    public SqliteProjection Open(ISqliteModel model) => SqliteProjection.Open(_folder.Path, model);

    /// <summary>The positions that were applied, in the order in which they were.</summary>
    public IReadOnlyList<long> Applied(ISqliteModel model)
    {
        using var connection = new SqliteConnection($"Data Source={SqliteProjection.PathOf(_folder.Path, model)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT position FROM applied ORDER BY number";
        using var rows = command.ExecuteReader();
        var applied = new List<long>();
        while (rows.Read()) applied.Add(rows.GetInt64(0));
        return applied;
    }

    public async ValueTask DisposeAsync()
    {
        _keys.Dispose();
        await Log.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>A projection at work, until it is disposed of.</summary>
internal sealed class Running : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SqliteProjection _projection;
    private readonly Task _task;

    public Running(SqliteProjection projection, IEventLog log, EventCodec codec)
    {
        _projection = projection;
        Runner = new(projection, log, codec, TimeProvider.System);
        _task = Runner.RunAsync(_stop.Token);
    }

    public ProjectionRunner Runner { get; }

    public Task ReachedAsync(LogPosition position) => _projection.WaitAsync(position, CancellationToken.None).WaitAsync(Waiting.Patience);

    public Task StoppedAsync() =>
        Waiting.UntilAsync(() => Runner.Status.State == ProjectionState.Stopped, "the projection stops");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _task;
        _stop.Dispose();
        _projection.Dispose();
    }
}
