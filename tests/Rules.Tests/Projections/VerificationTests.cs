using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Verifying;

namespace Cqrs.Rules.Tests.Projections;

/// <summary>Whether a live model is what the log folds to, and where it is not.</summary>
public sealed class VerificationTests : IDisposable
{
    private readonly ReadSide _side = new();

    [Fact]
    public async Task A_model_that_is_as_the_log_says_has_no_differences()
    {
        await _side.PeopleAsync(10);
        foreach (var (projection, model) in new (SqliteProjection, ISqliteModel)[] { (_side.Users, _side.UsersModel), (_side.Connections, _side.ConnectionsModel) })
        {
            await _side.CatchUpAsync(projection);

            var (verified, differences) = await VerifyAsync(model);

            differences.ShouldBeEmpty();
            verified.Rows.ShouldBeGreaterThan(9);
            verified.Position.ShouldBe(projection.Position);
        }

        Directory.GetFiles(_side.Folder, "*.verify*").ShouldAllBe(file => file.EndsWith(".lease", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_compared_where_it_stands_and_not_where_the_log_does()
    {
        await _side.PeopleAsync(3);
        await _side.CatchUpAsync(_side.Users);
        var position = _side.Users.Position;
        await _side.PeopleAsync(3);

        var (verified, differences) = await VerifyAsync(_side.UsersModel);

        differences.ShouldBeEmpty();
        (verified.Position, verified.Rows).ShouldBe((position, 3));
    }

    [Fact]
    public async Task What_was_changed_or_is_missing_or_too_much_is_told()
    {
        var people = (await _side.PeopleAsync(4)).OrderBy(user => user.Blob(), Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))).ToList();
        await _side.CatchUpAsync(_side.Users);
        var (stranger, extra) = (Guid.Parse("ffffffff-ffff-ffff-ffff-ffffffffffff"), "INSERT INTO users (id, status) VALUES ($1, 1)");
        using (var tables = SqliteTables.OpenToWrite(SqliteProjection.PathOf(_side.Folder, _side.UsersModel)))
        {
            tables.Run("UPDATE users SET epoch = 7 WHERE id = $1", people[0].Blob());
            tables.Run("UPDATE users SET person = NULL WHERE id = $1", people[1].Blob());
            tables.Run("DELETE FROM users WHERE id = $1", people[2].Blob());
            tables.Run(extra, stranger.ToByteArray(bigEndian: true));
        }

        var (_, differences) = await VerifyAsync(_side.UsersModel);

        differences.ShouldBe(
        [
            new("users", $"{people[0]}", "epoch", "7", "1"),
            new("users", $"{people[1]}", "person", Live: null, "•••"),
            new("users", $"{people[2]}", Column: null, Live: null, "there"),
            new("users", $"{stranger}", Column: null, "there", Fresh: null),
        ]);
    }

    [Fact]
    public async Task What_only_the_live_model_could_still_open_is_no_difference()
    {
        var people = await _side.PeopleAsync(4);
        await _side.CatchUpAsync(_side.Connections);
        await _side.Keys.DeleteAsync(people[0]);

        (await VerifyAsync(_side.ConnectionsModel)).Differences.ShouldBeEmpty();
    }

    [Fact]
    public async Task Other_tables_are_told_as_such()
    {
        await _side.PeopleAsync(1);
        await _side.CatchUpAsync(_side.Users);
        using (var tables = SqliteTables.OpenToWrite(SqliteProjection.PathOf(_side.Folder, _side.UsersModel)))
            tables.Execute("ALTER TABLE users ADD COLUMN shoe INTEGER; DROP TABLE squares");

        (await VerifyAsync(_side.UsersModel)).Differences.ShouldBe(
        [
            new("squares", Key: null, Column: null, Live: null, "there"),
            new("users", Key: null, Column: null, "id status epoch verified_at person shoe", "id status epoch verified_at person"),
        ]);
    }

    public void Dispose() => _side.Dispose();

    private async Task<(Verified Verified, List<Difference> Differences)> VerifyAsync(ISqliteModel model)
    {
        var found = new List<Difference>();
        var verified = await new Verification(_side.Folder, model, _side.Log, _side.Codec, _side.Keys).RunAsync(
            difference =>
            {
                found.Add(difference);
                return ValueTask.CompletedTask;
            },
            CancellationToken.None);
        verified.Differences.ShouldBe(found.Count);
        return (verified, found);
    }
}
