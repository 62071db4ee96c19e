using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>Streams are in memory, in the tables of the index, or partly in both; nobody who reads or appends may notice.</summary>
public sealed class SqliteEventLogIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(4711);
    private readonly List<string> _streams = [.. Enumerable.Range(0, 7).Select(_ => NewStream())];
    private readonly Dictionary<string, List<EventToAppend>> _written = [];

    private string File => Path.Combine(_folder.Path, "log.db");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Streams_read_as_they_were_written_while_they_are_merged(int writers)
    {
        var options = new SqliteEventLogOptions { PositionsInMemory = 12, HeadsInMemory = 4, TailEvents = 8 };
        for (var opened = 0; opened < 3; opened++)
        {
            await using var one = SqliteEventLog.Open(_folder.Path, options: options);
            await using var two = SqliteEventLog.Open(_folder.Path, options: options);
            SqliteEventLog[] logs = [one, two];
            for (var i = 0; i < 150; i++)
            {
                await AppendSomethingAsync(logs[i % writers]);
                foreach (var log in logs) await ReadSomethingAsync(log);
                await RepeatSomethingAsync(logs[_random.Next(writers)]);
            }
        }

        using var connection = SqliteConnectionHandle.Open(File, TimeSpan.Zero);
        var merged = connection.Scalar("SELECT to_position FROM streams_merged");
        merged.ShouldBeGreaterThan(100);
        connection.Scalar(
            $"SELECT count(*) FROM events LEFT JOIN stream_events USING (stream, version, position) WHERE position <= {merged} AND stream_events.position IS NULL")
            .ShouldBe(0, "what is said to be merged is in the table");
    }

    [Fact]
    public async Task What_is_merged_for_a_crowd_that_does_not_come_again_is_merged_later_and_holds_up_nobody()
    {
        await using var log = SqliteEventLog.Open(_folder.Path, options: new SqliteEventLogOptions { PositionsInMemory = 12 });
        using var other = SqliteConnectionHandle.Open(File, TimeSpan.Zero);
        var streams = Enumerable.Range(0, 20).Select(_ => NewStream()).ToList();
        foreach (var stream in streams) await log.AppendAsync(stream, Event());

        // A crowd that did not come again is not waited for in the next 32 commits.
        for (var round = 0; round < 200; round++)
        {
            await UntilAsync(() => TryBegin(other));
            var crowd = Enumerable.Range(0, 8).Select(_ => NewStream()).ToList();
            var appends = crowd.ConvertAll(stream => log.AppendAsync(stream, ExpectedVersion.NoStream, [Event()]));
            other.Execute("ROLLBACK");
            await Task.WhenAll(appends);
            streams.AddRange(crowd);
        }

        await UntilAsync(() => TryBegin(other));
        var merged = other.Scalar("SELECT to_position FROM streams_merged");
        merged.ShouldBeGreaterThan(1_500);
        other.Scalar($"SELECT count(*) FROM stream_names WHERE stream <= {merged}").ShouldBe(merged);
        other.Scalar($"SELECT count(*) FROM stream_events WHERE position <= {merged}").ShouldBe(merged);
        foreach (var stream in streams) (await log.ReadStreamAsync(stream, 0, 10)).Events.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Equal_appends_that_share_a_commit_are_one()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        await log.AppendAsync("busy", Events(3));
        var (events, more) = (Events(2), Event());

        // While another holds the log, they queue up.
        List<Task<Appended>> appends;
        using (var other = SqliteConnectionHandle.Open(File, TimeSpan.Zero))
        {
            other.Execute("BEGIN IMMEDIATE");
            appends =
            [
                log.AppendAsync("busy", new ExpectedVersion(2), events), log.AppendAsync("busy", new ExpectedVersion(4), [more]),
                log.AppendAsync("busy", new ExpectedVersion(2), events), log.AppendAsync("busy", new ExpectedVersion(4), [more]),
                log.AppendAsync("busy", events), log.AppendAsync("busy", more),
            ];
            other.Execute("ROLLBACK");
        }

        var answers = await Task.WhenAll(appends);
        log.Commits.ShouldBe(2);
        answers.Select(a => a.AlreadyThere).ShouldBe([false, false, true, true, true, true]);
        answers.Select(a => (a.LastVersion, a.Position.Value)).ShouldBe([(4, 5), (5, 6), (4, 5), (5, 6), (4, 5), (5, 6)]);
        (await log.ReadStreamAsync("busy", 0, 10)).Events.Ids().Skip(3).ShouldBe([.. events.Ids(), more.Id]);
    }

    [Fact]
    public async Task A_log_of_version_1_is_brought_up_to_date()
    {
        await using (var log = SqliteEventLog.Open(_folder.Path))
            for (var i = 0; i < 30; i++) await AppendSomethingAsync(log);
        LogDamage.Downgrade(File, version: 1, mergedTo: 10);

        await using var reopened = SqliteEventLog.Open(_folder.Path, options: new SqliteEventLogOptions { PositionsInMemory = 5 });
        for (var i = 0; i < 30; i++)
        {
            await ReadSomethingAsync(reopened);
            await RepeatSomethingAsync(reopened);
            await AppendSomethingAsync(reopened);
        }

        using var upgraded = SqliteConnectionHandle.Open(File, TimeSpan.Zero);
        upgraded.Scalar("PRAGMA user_version").ShouldBe(3);
        upgraded.Scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'events_by_stream'").ShouldBe(0);
    }

    [Fact]
    public async Task Processes_that_end_before_they_have_merged_all_leave_no_growing_rest()
    {
        var options = new SqliteEventLogOptions { PositionsInMemory = 12 };
        for (var opened = 0; opened < 20; opened++)
        {
            await using var log = SqliteEventLog.Open(_folder.Path, options: options);
            for (var i = 0; i < 3; i++) await AppendSomethingAsync(log);
        }

        using var connection = SqliteConnectionHandle.Open(File, TimeSpan.Zero);
        connection.Scalar("SELECT (SELECT max(position) FROM events) - to_position FROM streams_merged").ShouldBeLessThan(40);
    }

    [Fact]
    public async Task A_stream_whose_name_alone_is_merged_is_not_damaged()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        await log.AppendAsync("first", Event());
        using var connection = SqliteConnectionHandle.Open(File, TimeSpan.FromSeconds(10));
        connection.Execute($"INSERT INTO stream_names VALUES ({NameHash.Of("first")}, 1); INSERT INTO stream_events VALUES (1, 0, 1); UPDATE streams_merged SET to_position = 1");
        var lookup = new IndexLookup(connection, new StreamIndex(perGeneration: 10));
        lookup.LookForNew().ShouldBe(1);

        // Between the reader's look for news and his look for the name another process is in the middle of a merge.
        await log.AppendAsync("second", Event());
        connection.Execute($"INSERT INTO stream_names VALUES ({NameHash.Of("second")}, 2)");
        lookup.Find("second", NameHash.Of("second")).ShouldBeNull();

        lookup.LookForNew().ShouldBe(2);
        lookup.Find("second", NameHash.Of("second")).ShouldBe(2);
    }

    [Fact]
    public async Task An_event_that_the_index_has_lost_is_damage_and_not_an_end()
    {
        await using (var log = SqliteEventLog.Open(_folder.Path, options: new SqliteEventLogOptions { PositionsInMemory = 4 }))
            for (var i = 0; i < 30; i++) await log.AppendAsync("s", Event());
        using (var connection = SqliteConnectionHandle.Open(File, TimeSpan.Zero))
            connection.Execute("DELETE FROM stream_events WHERE version = 3");

        await using var reopened = SqliteEventLog.Open(_folder.Path);

        (await Should.ThrowAsync<EventLogException>(async () => await reopened.ReadStreamAsync("s", 0, 10))).Code.ShouldBe(EventLogErrors.Corrupt);
        (await reopened.ReadStreamAsync("s", 4, 10)).Events.Count.ShouldBe(10);
    }

    private List<EventToAppend> Of(string stream) => _written.TryGetValue(stream, out var events) ? events : _written[stream] = [];

    private async Task AppendSomethingAsync(SqliteEventLog log)
    {
        var stream = _streams[_random.Next(_streams.Count)];
        var written = Of(stream);
        var events = Events(_random.Next(1, 4));
        var answer = await log.AppendAsync(stream, new ExpectedVersion(written.Count - 1), events);
        written.AddRange(events);
        (answer.AlreadyThere, answer.LastVersion).ShouldBe((false, written.Count - 1));
    }

    private async Task ReadSomethingAsync(SqliteEventLog log)
    {
        var stream = _streams[_random.Next(_streams.Count)];
        var written = Of(stream).Select(e => e.Id).ToList();
        var (from, count) = (_random.Next(0, written.Count + 2), _random.Next(1, 20));

        var forwards = await log.ReadStreamAsync(stream, from, count);
        forwards.Events.Ids().ShouldBe(written.Skip(from).Take(count));
        forwards.Events.Select(e => e.Version).ShouldBe(Enumerable.Range(from, forwards.Events.Count).Select(v => (long)v));
        (forwards.LastVersion, forwards.IsEnd).ShouldBe((written.Count - 1, from + count >= written.Count));

        var backwards = await log.ReadStreamAsync(stream, from, count, ReadDirection.Backwards);
        backwards.Events.Ids().ShouldBe(written.Take(from + 1).Reverse().Take(count));
    }

    private async Task RepeatSomethingAsync(SqliteEventLog log)
    {
        var stream = _streams[_random.Next(_streams.Count)];
        var written = Of(stream);
        if (written.Count == 0) return;
        var version = _random.Next(written.Count);
        var events = written.Skip(version).Take(_random.Next(1, 4)).ToList();

        var answer = await log.AppendAsync(
            stream, _random.Next(2) == 0 ? ExpectedVersion.Any : new ExpectedVersion(version - 1), events);

        (answer.AlreadyThere, answer.LastVersion).ShouldBe((true, version + events.Count - 1));
    }

    private static bool TryBegin(SqliteConnectionHandle connection)
    {
        try
        {
            connection.Execute("BEGIN IMMEDIATE");
            return true;
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.Busy)
        {
            return false;
        }
    }
}
