using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Users;
using Cqrs.Rules.Tests.Interleavings;
using Microsoft.Data.Sqlite;

namespace Cqrs.Rules.Tests.Projections;

/// <summary>The read models on files of a test's own, and a log in memory to project.</summary>
internal sealed class ReadSide : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cqrs-projections-");
    private readonly PersonalSealer _sealer;
    private int _events;

    public ReadSide(MemoryKeys? keys = null)
    {
        Keys = keys ?? new();
        Codec = new(DomainEvents.All, Keys);
        _sealer = new(Keys);
        UsersModel = new();
        ConnectionsModel = new();
        Users = Open(UsersModel);
        Connections = Open(ConnectionsModel);
        UsersReader = new(_folder.FullName, UsersModel, _sealer);
        ConnectionsReader = new(_folder.FullName, ConnectionsModel, _sealer);
    }

    public string Folder => _folder.FullName;

    public MemoryKeys Keys { get; }

    public EventCodec Codec { get; }

    public MemoryEventLog Log { get; } = new(new StoppedClock(Start));

    public UsersModel UsersModel { get; }

    public ConnectionsModel ConnectionsModel { get; }

    public SqliteProjection Users { get; }

    public SqliteProjection Connections { get; }

    public UsersReader UsersReader { get; }

    public ConnectionsReader ConnectionsReader { get; }

    public SqliteProjection Open(ISqliteModel model) => SqliteProjection.Open(_folder.FullName, model);

    public async Task AppendAsync(string stream, params IDomainEvent[] events)
    {
        var command = new CommandId(new Guid(++_events, 2, 0, new byte[8]));
        await Log.AppendAsync(stream, ExpectedVersion.Any, await Codec.EncodeAsync(stream, events, new(command, Guid.Empty, Guid.Empty, Actor: null, Start)));
    }

    /// <summary>So many people who have registered, each connected with the one before.</summary>
    public async Task<IReadOnlyList<UserId>> PeopleAsync(int count)
    {
        var people = new List<UserId>();
        for (var i = 0; i < count; i++)
        {
            var user = new UserId(Guid.NewGuid());
            Personal P(string text) => new(user, text);
            await AppendAsync(
                StreamNames.Of(user), new RegistrationRequested(user, Guid.Empty, P("First"), P("Last"), P("+4915100000000"), Start),
                new UserVerified(user, Guid.Empty, P("First"), P("Last"), P("+4915100000000"), P("key"), 1, Again: false, Start));
            if (people.Count > 0)
            {
                var (other, id) = (people[^1], ConnectionId.Between(user, people[^1]));
                await AppendAsync(
                    StreamNames.Of(id), new InviteSent(id, user, other, new(other, "Typed"), new(other, "Name"), P($"code{i}"), Start),
                    new InviteAccepted(id, user, other, Start));
            }

            people.Add(user);
        }

        return people;
    }

    /// <summary>What a projection asks for, as it is shown to it.</summary>
    public async Task<List<ProjectedEvent>> EventsForAsync(SqliteProjection projection)
    {
        var page = await Log.ReadAllAsync(LogPosition.Start, 100_000, projection.Filter);
        return [.. await Codec.ForModelAsync(page.Events, new(projection.Opens, Checks: true), CancellationToken.None)];
    }

    /// <summary>Brings a projection to the head of the log.</summary>
    /// <exception cref="CheckpointMovedException">It is not where this process believes it to be.</exception>
    public async Task CatchUpAsync(SqliteProjection projection)
    {
        var head = await Log.HeadAsync();
        await projection.ApplyAsync(await EventsForAsync(projection), head, CancellationToken.None);
    }

    /// <summary>Every row of every table.</summary>
    public string Everything(ISqliteModel model)
    {
        using var connection = new SqliteConnection($"Data Source={SqliteProjection.PathOf(Folder, model)};Pooling=False");
        connection.Open();
        var tables = Rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('anchors', 'builder', 'built', 'status') ORDER BY name");
        return string.Join('\n', tables.Select(table => $"{table}: {string.Join(" / ", Rows(connection, $"SELECT * FROM {table} ORDER BY 1, 2"))}"));
    }

    public void Dispose()
    {
        UsersReader.Dispose();
        ConnectionsReader.Dispose();
        Users.Dispose();
        Connections.Dispose();
        _folder.Delete(recursive: true);
    }

    private static List<string> Rows(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var row = command.ExecuteReader();
        var rows = new List<string>();
        while (row.Read())
            rows.Add(string.Join(',', Enumerable.Range(0, row.FieldCount).Select(i => row.GetValue(i) is byte[] bytes ? Convert.ToHexString(bytes) : $"{row.GetValue(i)}")));
        return rows;
    }
}
