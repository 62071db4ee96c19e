using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using Cqrs.EventStore.Sqlite.Integrity;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>What was changed in the file of a log is noticed: by reading it, and by examining it.</summary>
public sealed class SqliteEventLogDamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "log.db");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("data = x'7b7d20'")]
    [InlineData("data = zeroblob(length(data))")]
    [InlineData("metadata = x'7b7d20'")]
    [InlineData("id = randomblob(16)")]
    [InlineData("name = 'thing-0'")]
    [InlineData("type = 1")]
    [InlineData("category = 3 - category")]
    [InlineData("created = created + 1")]
    [InlineData("json = 0")]
    [InlineData("version = version + 1")]
    [InlineData("stream = 1")]
    [InlineData("checksum = checksum + 1")]
    [InlineData("data = CAST(metadata || ' ' AS BLOB), metadata = data")]
    public async Task A_changed_value_of_an_event_is_noticed_with_its_position(string change)
    {
        await WriteAsync(9);
        LogDamage.Change(File, $"UPDATE events SET {change} WHERE position = 6");

        await ShouldBeDamagedAtAsync(6);
        LogDamage.Verify(File).Fault!.Position.ShouldBe(6);
    }

    [Fact]
    public async Task A_missing_event_is_noticed()
    {
        await WriteAsync(9);
        LogDamage.Change(File, "DELETE FROM events WHERE position = 6");

        await ShouldBeDamagedAtAsync(6);
        LogDamage.Verify(File).Fault!.What.ShouldContain("is missing");
    }

    [Fact]
    public async Task Events_that_were_exchanged_are_noticed()
    {
        await WriteAsync(9);
        LogDamage.Change(
            File,
            "UPDATE events SET position = -6 WHERE position = 6; UPDATE events SET position = 6 WHERE position = 7; UPDATE events SET position = 7 WHERE position = -6");

        await ShouldBeDamagedAtAsync(6);
        LogDamage.Verify(File).Fault!.Position.ShouldBe(6);
    }

    [Fact]
    public async Task An_event_that_was_changed_with_its_checksum_breaks_the_chain()
    {
        await WriteAsync(9);
        LogDamage.Change(File, "UPDATE events SET data = x'7b7d20' WHERE position = 6");
        LogDamage.Change(File, $"UPDATE events SET checksum = {ChecksumOf(6)} WHERE position = 6");

        // The event alone looks right; its commit does not.
        await using (var log = SqliteEventLog.Open(_folder.Path)) (await log.ReadAllAsync()).Count.ShouldBe(9);
        var fault = LogDamage.Verify(File).Fault!;
        fault.Position.ShouldBe(6);
        fault.What.ShouldContain("chain");
    }

    [Fact]
    public async Task A_page_of_zeros_is_noticed_and_what_lies_before_it_is_read()
    {
        await WriteAsync(200);
        var before = LogDamage.Ask(File, "SELECT position FROM events WHERE name LIKE 'thing-%-100'");
        LogDamage.ZeroPageWith(File, NameOf(100));

        var fault = LogDamage.Verify(File).Fault.ShouldNotBeNull();
        fault.Position!.Value.ShouldBeInRange(2, before);
        PageCheck.Run(File, onTick: null, CancellationToken.None).ShouldNotBeNull();

        await using var log = SqliteEventLog.Open(_folder.Path);
        var read = new List<long>();
        var failure = await Should.ThrowAsync<EventLogException>(async () =>
        {
            await foreach (var page in log.SubscribeAsync(LogPosition.Start)) read.AddRange(page.Events.Select(e => e.Position.Value));
        });
        read.ShouldBe(Enumerable.Range(1, (int)fault.Position.Value - 1).Select(position => (long)position));
        (failure.Code, failure.Position).ShouldBe((EventLogErrors.Corrupt, new LogPosition(fault.Position.Value)));
        failure.Message.ShouldContain("cqrs log verify");

        // A filter lets no event pass that it cannot see.
        var filtered = await Should.ThrowAsync<EventLogException>(() => log.ReadAllAsync(new LogFilter { Types = ["rare.v1"] }));
        filtered.Position.ShouldBe(failure.Position);
        (await Should.ThrowAsync<EventLogException>(() => log.ReadAllAsync(direction: ReadDirection.Backwards))).Code.ShouldBe(EventLogErrors.Corrupt);
    }

    [Fact]
    public async Task A_stream_with_a_changed_event_cannot_be_read_past_it()
    {
        await using (var log = SqliteEventLog.Open(_folder.Path)) await log.AppendAsync("s", Events(5));
        LogDamage.Change(File, "UPDATE events SET data = x'7b7d20' WHERE position = 4");

        await using var reopened = SqliteEventLog.Open(_folder.Path);
        (await reopened.ReadStreamAsync("s", 0, 3)).Events.Count.ShouldBe(3);
        var failure = await Should.ThrowAsync<EventLogException>(async () => await reopened.ReadStreamAsync("s", 2, 10));
        (failure.Code, failure.Position, failure.Stream).ShouldBe((EventLogErrors.Corrupt, new LogPosition(4), "s"));
    }

    [Fact]
    public async Task A_commit_that_was_cut_is_noticed_and_nothing_is_appended_behind_it()
    {
        await using (var log = SqliteEventLog.Open(_folder.Path)) await log.AppendAsync("s", Events(5));
        LogDamage.Change(File, "DELETE FROM events WHERE position > 3");

        LogDamage.Verify(File).Fault!.What.ShouldContain("events after it are missing");
        await using var reopened = SqliteEventLog.Open(_folder.Path);
        (await Should.ThrowAsync<EventLogException>(reopened.AppendAsync("t", Event()))).Code.ShouldBe(EventLogErrors.Corrupt);
    }

    [Fact]
    public async Task Commits_that_are_missing_at_the_end_are_noticed_by_the_note_beside_the_log()
    {
        await WriteAsync(9);
        LogDamage.Change(File, "DELETE FROM events WHERE position > 7");

        var fault = LogDamage.Verify(File).Fault!;
        (fault.Position, fault.What).ShouldBe((8, "log.turn has noted 9 events, the log has 7: the newest are missing, or an older file was put in its place"));
        fault.Next.ShouldContain("delete log.turn");

        System.IO.File.Delete(Path.Combine(_folder.Path, "log.turn"));
        LogDamage.Verify(File).Fault.ShouldBeNull();
    }

    [Fact]
    public async Task Commits_that_are_missing_at_the_end_are_noticed_by_the_index()
    {
        await WriteAsync(40, new SqliteEventLogOptions { PositionsInMemory = 4 });
        System.IO.File.Delete(Path.Combine(_folder.Path, "log.turn"));
        var merged = LogDamage.Ask(File, "SELECT to_position FROM streams_merged");
        LogDamage.Change(File, $"DELETE FROM events WHERE position >= {merged}");

        LogDamage.Verify(File).Fault!.What.ShouldContain("its newest events are missing");
    }

    [Theory]
    [InlineData("DELETE FROM stream_events WHERE version = 3", "does not lead to this event")]
    [InlineData("UPDATE stream_events SET position = 1 WHERE version = 3", "does not lead to this event")]
    [InlineData("DELETE FROM stream_names", "does not have the name")]
    [InlineData("INSERT INTO stream_events VALUES (1, 99, 1)", "entries of events that do not exist")]
    public async Task A_damaged_index_is_noticed_and_a_copy_makes_a_new_one(string change, string what)
    {
        var options = new SqliteEventLogOptions { PositionsInMemory = 4 };
        await using (var log = SqliteEventLog.Open(_folder.Path, options: options))
            for (var i = 0; i < 30; i++) await log.AppendAsync("s", Event());
        LogDamage.Change(File, change);

        var fault = LogDamage.Verify(File).Fault!;
        fault.What.ShouldContain(what);
        fault.Next.ShouldContain("cqrs events copy");
    }

    [Fact]
    public async Task Instances_that_take_turns_continue_one_chain()
    {
        await using (var one = SqliteEventLog.Open(_folder.Path))
        await using (var other = SqliteEventLog.Open(_folder.Path))
        {
            for (var i = 0; i < 20; i++)
            {
                await one.AppendAsync(NewStream(), Events(1 + (i % 3)));
                await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => other.AppendAsync(NewStream(), Event())));
            }

            // While both are open.
            LogDamage.Verify(File).Fault.ShouldBeNull();
        }

        var report = LogDamage.Verify(File);
        (report.Fault, report.Events).ShouldBe((null, 139));
        report.Commits.ShouldBeInRange(40, 139);
        report.Chain!.Length.ShouldBe(32);
    }

    [Fact]
    public async Task Commits_that_fail_leave_the_chain_whole()
    {
        await using (var log = SqliteEventLog.Open(_folder.Path, options: new SqliteEventLogOptions { SizeLimit = 1_024 * 1_024 }))
        {
            for (var i = 0; i < 5; i++)
            {
                await log.AppendAsync(NewStream(), Event());
                await Should.ThrowAsync<EventLogException>(log.AppendAsync(NewStream(), [Event(), Event() with { Data = new byte[3 * 1_024 * 1_024] }, Event()]));
                await Should.ThrowAsync<WrongExpectedVersionException>(log.AppendAsync(NewStream(), ExpectedVersion.StreamExists, [Event()]));
            }
        }

        (LogDamage.Verify(File) is { Fault: null, Events: 5, Commits: 5 }).ShouldBeTrue();
    }

    [Fact]
    public async Task Bytes_that_a_caller_changes_while_its_append_waits_are_not_stored()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        var data = "{\"n\":1}"u8.ToArray();
        Task append;
        using (var other = SqliteConnectionHandle.Open(File, TimeSpan.Zero))
        {
            other.Execute("BEGIN IMMEDIATE");
            append = log.AppendAsync("s", new EventToAppend(Guid.NewGuid(), "happened.v1", data, Array.Empty<byte>()));
            data.AsSpan().Clear();
            other.Execute("ROLLBACK");
        }

        await append;
        LogDamage.Verify(File).Fault.ShouldBeNull();
        (await log.ReadStreamAsync("s", 0, 1)).Events[0].Data.Span.SequenceEqual("{\"n\":1}"u8).ShouldBeTrue();
    }

    private static string NameOf(int number) => $"thing-{number / 100}-{number}";

    private async Task WriteAsync(int events, SqliteEventLogOptions? options = null)
    {
        await using var log = SqliteEventLog.Open(_folder.Path, options: options);
        for (var i = 0; i < events; i++)
            await log.AppendAsync(NameOf(i), Event(type: i == events - 1 ? "rare.v1" : "happened.v1", data: $"{{\"n\":{i}}}", metadata: "{\"m\":0}"));
    }

    private async Task ShouldBeDamagedAtAsync(long position)
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        (await log.ReadAllAsync(LogPosition.Start, 100)).Position.Value.ShouldBe(position - 1);
        var failure = await Should.ThrowAsync<EventLogException>(async () => await log.ReadAllAsync(new LogPosition(position - 1), 100));
        (failure.Code, failure.Position).ShouldBe((EventLogErrors.Corrupt, new LogPosition(position)));
    }

    private long ChecksumOf(long position)
    {
        using var connection = SqliteConnectionHandle.Open(File, TimeSpan.Zero);
        using var row = connection.Prepare(
            $"SELECT e.name, e.id, t.text, e.json, e.data, e.metadata, e.stream, e.version, e.category, e.type, e.created FROM events e JOIN labels t ON t.id = e.type WHERE e.position = {position}");
        row.Step().ShouldBeTrue();
        var contents = EventChecksum.OfContents(row.Bytes(0), row.Bytes(1), row.Text(2), row.Int64(3) != 0, row.Bytes(4), row.Bytes(5));
        return EventChecksum.OfEvent(contents, position, row.Int64(6), row.Int64(7), row.Int64(8), row.Int64(9), row.Int64(10));
    }
}
