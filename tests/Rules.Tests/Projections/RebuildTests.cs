using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Rebuilding;

namespace Cqrs.Rules.Tests.Projections;

/// <summary>Models built anew beside the live ones, and what others see of it.</summary>
public sealed class RebuildTests : IDisposable
{
    private readonly ReadSide _side = new();

    [Fact]
    public async Task The_new_model_holds_what_the_live_one_held_and_the_old_file_is_gone()
    {
        await _side.PeopleAsync(20);
        foreach (var (projection, model) in Both())
        {
            await _side.CatchUpAsync(projection);
            var before = _side.Everything(model);

            var done = await Rebuild(model).RunAsync(CancellationToken.None);

            done.Position.ShouldBe(await _side.Log.HeadAsync());
            SqliteProjection.PathOf(_side.Folder, model).ShouldBe(Path.Combine(_side.Folder, $"{model.Name}.2.db"));
            _side.Everything(model).ShouldBe(before);
            Directory.GetFiles(_side.Folder, $"{model.Name}.*").Select(Path.GetFileName)
                .ShouldBe([$"{model.Name}.2.db", $"{model.Name}.rebuild.lease"], ignoreOrder: true);
        }
    }

    [Fact]
    public async Task Who_has_the_old_model_open_reads_and_writes_the_new_one_from_then_on()
    {
        var people = await _side.PeopleAsync(3);
        await _side.CatchUpAsync(_side.Users);
        _side.UsersReader.EpochOf(people[0]).ShouldBe(1u);

        await Rebuild(_side.UsersModel).RunAsync(CancellationToken.None);
        await _side.AppendAsync(StreamNames.Of(people[0]), new TokensRevoked(people[0], 2, Start));

        // The one who writes finds out by writing, and nothing of his is lost or written twice.
        await Should.ThrowAsync<CheckpointMovedException>(_side.CatchUpAsync(_side.Users));
        _side.UsersReader.EpochOf(people[0]).ShouldBe(1u);
        await _side.Users.ReloadAsync(CancellationToken.None);
        await _side.CatchUpAsync(_side.Users);
        _side.UsersReader.EpochOf(people[0]).ShouldBe(2u, "the reader's connection was to the old model");
    }

    [Fact]
    public async Task A_model_that_lies_ahead_of_where_its_writer_was_is_gone_on_with()
    {
        var people = await _side.PeopleAsync(2);
        await _side.CatchUpAsync(_side.Users);
        await _side.AppendAsync(StreamNames.Of(people[0]), new TokensRevoked(people[0], 2, Start));

        await Rebuild(_side.UsersModel).RunAsync(CancellationToken.None);

        (await _side.Users.ReloadAsync(CancellationToken.None)).ShouldBe(await _side.Log.HeadAsync());
        _side.UsersReader.EpochOf(people[0]).ShouldBe(2u);
    }

    [Fact]
    public async Task Interrupted_it_leaves_the_live_model_and_goes_on_when_called_again()
    {
        await _side.PeopleAsync(1_500);
        await _side.CatchUpAsync(_side.Connections);
        var before = _side.Everything(_side.ConnectionsModel);
        using var stop = new CancellationTokenSource();
        var interrupted = Rebuild(_side.ConnectionsModel);
        interrupted.OnProgress = progress => stop.Cancel();

        await Should.ThrowAsync<OperationCanceledException>(interrupted.RunAsync(stop.Token));

        SqliteProjection.PathOf(_side.Folder, _side.ConnectionsModel).ShouldEndWith("connections.db");
        _side.Everything(_side.ConnectionsModel).ShouldBe(before);

        var done = await Rebuild(_side.ConnectionsModel).RunAsync(CancellationToken.None);
        done.Begun.ShouldBeGreaterThan(LogPosition.Start);
        _side.Everything(_side.ConnectionsModel).ShouldBe(before);
    }

    [Fact]
    public async Task What_other_code_has_begun_is_begun_anew()
    {
        await _side.PeopleAsync(5);
        await _side.CatchUpAsync(_side.Users);
        var before = _side.Everything(_side.UsersModel);
        var generations = new Generations(_side.Folder, "users");
        using (var begun = ModelFile.OpenToFill(generations.BuildingPathOf(2), _side.UsersModel))
        {
            begun.Tables.Run("UPDATE built SET fingerprint = 'other'");
            begun.Tables.Run("UPDATE checkpoint SET position = 3");
        }

        (await Rebuild(_side.UsersModel).RunAsync(CancellationToken.None)).Begun.ShouldBe(LogPosition.Start);

        _side.Everything(_side.UsersModel).ShouldBe(before);
    }

    [Fact]
    public async Task Only_one_at_a_time()
    {
        await _side.PeopleAsync(5);
        var first = Rebuild(_side.UsersModel);
        Exception? second = null;
        first.OnProgress = _ => second ??= Record.ExceptionAsync(() => Rebuild(_side.UsersModel).RunAsync(CancellationToken.None)).GetAwaiter().GetResult();

        await first.RunAsync(CancellationToken.None);

        second.ShouldBeOfType<LeaseHeldException>();
        await Rebuild(_side.UsersModel).RunAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Who_was_overtaken_can_commit_nothing_more()
    {
        await _side.PeopleAsync(5);
        var generations = new Generations(_side.Folder, "users");
        var events = await _side.EventsForAsync(_side.Users);
        using var late = GreenModel.Open(generations, 2, _side.UsersModel);
        using (GreenModel.Open(generations, 2, _side.UsersModel))
        {
            late.Apply(new(events, events[^1].Position, IsEnd: true, Anchor: null));
        }

        Should.Throw<LeaseHeldException>(late.Commit);
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_is_named_and_the_live_model_stays()
    {
        await _side.PeopleAsync(5);
        await _side.CatchUpAsync(_side.Users);
        var before = _side.Everything(_side.UsersModel);
        await _side.Log.AppendAsync("user-x", ExpectedVersion.Any, [new(Guid.NewGuid(), "tokens-revoked.v1", "no JSON"u8.ToArray(), "{}"u8.ToArray())]);

        var stopped = await Should.ThrowAsync<RebuildStoppedException>(Rebuild(_side.UsersModel).RunAsync(CancellationToken.None));

        var head = await _side.Log.HeadAsync();
        stopped.Failure.ShouldBe(new(
            head, "user-x", "EventFormatException", "tokens-revoked.v1",
            $"Event {head} of the log, 'tokens-revoked.v1', version 0 of stream 'user-x', cannot be decoded: its data are not valid JSON."));
        SqliteProjection.PathOf(_side.Folder, _side.UsersModel).ShouldEndWith("users.db");
        _side.Everything(_side.UsersModel).ShouldBe(before);
    }

    [Fact]
    public async Task A_model_from_before_fingerprints_is_stale_until_it_is_rebuilt()
    {
        var people = await _side.PeopleAsync(2);
        var folder = Path.Combine(_side.Folder, "older");
        using (var tables = SqliteTables.Open(folder, "users.db", "CREATE TABLE checkpoint (id INTEGER PRIMARY KEY, position INTEGER NOT NULL);" + _side.UsersModel.Schema))
            tables.Run("INSERT INTO checkpoint VALUES (1, 1)");

        using (var projection = SqliteProjection.Open(folder, _side.UsersModel))
        {
            projection.Position.ShouldBe(new(1));
            projection.Version.ShouldBe(new(null, ModelFingerprint.Of(_side.UsersModel)));
            projection.Version.IsStale.ShouldBeTrue();
        }

        await new Rebuild(folder, _side.UsersModel, _side.Log, _side.Codec).RunAsync(CancellationToken.None);

        using var rebuilt = SqliteProjection.Open(folder, _side.UsersModel);
        rebuilt.Version.IsStale.ShouldBeFalse();
        rebuilt.Position.ShouldBe(await _side.Log.HeadAsync());
        people.Count.ShouldBe(2);
    }

    public void Dispose() => _side.Dispose();

    private Rebuild Rebuild(ISqliteModel model) => new(_side.Folder, model, _side.Log, _side.Codec);

    private (SqliteProjection Projection, ISqliteModel Model)[] Both() => [(_side.Users, _side.UsersModel), (_side.Connections, _side.ConnectionsModel)];
}
