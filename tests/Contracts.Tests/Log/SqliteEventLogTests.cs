using System.Diagnostics.Metrics;
using System.Text;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>What the embedded log promises beyond the contract.</summary>
public sealed class SqliteEventLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "log.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_crowd_shares_commits()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);

        // While another holds the log, the whole crowd queues up.
        using (var other = SqliteConnectionHandle.Open(File, TimeSpan.Zero))
        {
            other.Execute("BEGIN IMMEDIATE");
            var appends = Enumerable.Range(0, 64).Select(_ => log.AppendAsync(NewStream(), Event())).ToList();
            other.Execute("ROLLBACK");
            await Task.WhenAll(appends);
        }

        log.Commits.ShouldBe(1);
    }

    [Fact]
    public async Task A_history_brought_in_keeps_its_order_and_its_times_and_shares_commits()
    {
        var begin = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var log = SqliteEventLog.Open(_folder.Path, options: new()
        {
            TakenAt = e => begin.AddSeconds(int.Parse(Encoding.UTF8.GetString(e.Data.Span))),
        });

        var appends = Enumerable.Range(0, 1_000).Select(i => (i, Append: log.AppendInOrderAsync(NewStream(), ExpectedVersion.NoStream, [Event(data: $"{i}")]))).ToList();
        foreach (var (i, append) in appends) (await append).Position.Value.ShouldBe(i + 1);

        log.Commits.ShouldBeLessThan(500);
        (await log.ReadAllAsync()).Select(e => e.Created).ShouldBe(Enumerable.Range(0, 1_000).Select(i => begin.AddSeconds(i)));
    }

    [Fact]
    public async Task A_lone_writer_commits_each_append_and_finds_it_durable_at_once()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);

        for (var i = 1; i <= 10; i++)
        {
            await log.AppendAsync(NewStream(), Event());
            log.Commits.ShouldBe(i);
        }
    }

    [Fact]
    public void Each_commit_is_flushed_to_the_disk()
    {
        // A killed process loses nothing that it wrote, flushed or not: only the setting can be seen without cutting the power.
        using var writer = LogFile.In(_folder.Path, new SqliteEventLogOptions()).OpenWriter();

        const int full = 2;
        writer.Scalar("PRAGMA synchronous").ShouldBe(full);
        writer.Scalar("SELECT journal_mode = 'wal' FROM pragma_journal_mode").ShouldBe(1);
    }

    [Fact]
    public async Task The_meter_counts()
    {
        var counted = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Cqrs.EventStore") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((i, n, _, _) => Count(i, n));
        listener.SetMeasurementEventCallback<int>((i, n, _, _) => Count(i, n));
        listener.Start();
        await using var log = SqliteEventLog.Open(_folder.Path);

        await log.AppendAsync(NewStream(), Events(3));

        // Other tests append at the same time.
        lock (counted)
        {
            counted["cqrs.log.commits"].ShouldBeGreaterThanOrEqualTo(1);
            counted["cqrs.log.appends"].ShouldBeGreaterThanOrEqualTo(1);
            counted["cqrs.log.events"].ShouldBeGreaterThanOrEqualTo(3);
            counted["cqrs.log.batch"].ShouldBeGreaterThanOrEqualTo(1);
        }

        void Count(Instrument instrument, long n)
        {
            lock (counted) counted[instrument.Name] = counted.GetValueOrDefault(instrument.Name) + n;
        }
    }

    [Fact]
    public async Task Events_bear_the_time_of_the_clock()
    {
        var now = new DateTimeOffset(2031, 2, 3, 4, 5, 6, TimeSpan.Zero).AddTicks(7);
        await using var log = SqliteEventLog.Open(_folder.Path, new StoppedClock(now));

        await log.AppendAsync("s", Event());

        (await log.ReadStreamAsync("s", 0, 1)).Events[0].Created.ShouldBe(now);
    }

    [Fact]
    public async Task Positions_count_from_one_without_holes_whatever_fails_in_between()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        for (var i = 0; i < 50; i++)
        {
            await log.AppendAsync("s", ExpectedVersion.Exactly(i - 1), [Event()]);
            await Should.ThrowAsync<WrongExpectedVersionException>(log.AppendAsync("s", ExpectedVersion.NoStream, [Event()]));
        }

        (await log.ReadAllAsync()).Select(e => e.Position.Value).ShouldBe(Enumerable.Range(1, 50).Select(p => (long)p));
    }

    [Fact]
    public async Task A_repetition_without_version_is_recognised_among_the_newest_thousand_events_only()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        var e = Event();
        await log.AppendAsync("s", e);
        await log.AppendAsync("s", Events(999));
        (await log.AppendAsync("s", e)).AlreadyThere.ShouldBeTrue();

        await log.AppendAsync("s", Event());

        (await log.AppendAsync("s", e)).AlreadyThere.ShouldBeFalse();
    }

    [Fact]
    public async Task Streams_are_found_by_name_before_during_and_after_their_names_are_merged()
    {
        var options = new SqliteEventLogOptions { PositionsInMemory = 10 };
        var names = Enumerable.Range(0, 95).Select(_ => NewStream()).ToList();
        await using (var log = SqliteEventLog.Open(_folder.Path, options: options))
        {
            await using var reader = SqliteEventLog.Open(_folder.Path, options: options);
            for (var i = 0; i < names.Count; i++)
            {
                await log.AppendAsync(names[i], ExpectedVersion.NoStream, [Event()]);
                foreach (var by in new[] { log, reader })
                {
                    (await by.ReadStreamAsync(names[i], 0, 1)).LastVersion.ShouldBe(0);
                    (await by.ReadStreamAsync(names[i / 2], 0, 1)).LastVersion.ShouldBe(0);
                }
            }
        }

        using (var connection = SqliteConnectionHandle.Open(File, TimeSpan.Zero))
        {
            connection.Scalar("SELECT count(*) FROM stream_names").ShouldBeInRange(50, 94);
            connection.Scalar("SELECT to_position FROM streams_merged").ShouldBeInRange(50, 94);
        }

        await using var reopened = SqliteEventLog.Open(_folder.Path, options: options);
        foreach (var name in names)
            await Should.ThrowAsync<WrongExpectedVersionException>(reopened.AppendAsync(name, ExpectedVersion.NoStream, [Event()]));
    }

    [Fact]
    public async Task Streams_whose_names_have_the_same_hash_are_two_streams()
    {
        await using (var log = SqliteEventLog.Open(_folder.Path))
        {
            await log.AppendAsync("first", Event());
            await log.AppendAsync("second", Event());
        }

        using (var connection = SqliteConnectionHandle.Open(File, TimeSpan.Zero))
        {
            // As if both names had the hash of the second.
            var hash = NameHash.Of("second");
            connection.Execute(
                $"INSERT INTO stream_names VALUES ({hash}, 1), ({hash}, 2); INSERT INTO stream_events VALUES (1, 0, 1), (2, 0, 2); "
                + "UPDATE streams_merged SET to_position = 2");
        }

        await using var reopened = SqliteEventLog.Open(_folder.Path);
        (await reopened.ReadStreamAsync("second", 0, 1)).Events[0].Position.Value.ShouldBe(2);
    }

    [Fact]
    public void The_hash_of_a_name_is_part_of_the_format()
    {
        // Test vectors of FNV-1a from draft-eastlake-fnv.
        NameHash.Of("").ShouldBe(unchecked((long)0xcbf29ce484222325));
        NameHash.Of("a").ShouldBe(unchecked((long)0xaf63dc4c8601ec8c));
        NameHash.Of("foobar").ShouldBe(unchecked((long)0x85944171f73967e8));
    }

    [Fact]
    public async Task The_write_ahead_log_stays_short_while_a_crowd_writes()
    {
        await using var log = SqliteEventLog.Open(_folder.Path, options: new SqliteEventLogOptions { CheckpointPages = 64 });

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++) await log.AppendAsync(NewStream(), Event(data: new string('x', 2_000)));
        })));

        new FileInfo(File).Length.ShouldBeGreaterThan(3_200 * 2_000 / 2, "most is copied into the database");
        new FileInfo(File + "-wal").Length.ShouldBeLessThan(3_200 * 2_000 / 2);
    }

    [Fact]
    public async Task Closing_answers_every_append_and_then_refuses()
    {
        var log = SqliteEventLog.Open(_folder.Path);
        var appends = Enumerable.Range(0, 200).Select(_ => Task.Run(async () =>
        {
            try
            {
                return (Appended?)await log.AppendAsync(NewStream(), Event());
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
        })).ToList();

        await Task.WhenAll(log.DisposeAsync().AsTask(), log.DisposeAsync().AsTask());

        var answered = (await Task.WhenAll(appends)).Count(a => a is not null);
        await Should.ThrowAsync<ObjectDisposedException>(log.AppendAsync("s", Event()));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await log.ReadStreamAsync("s", 0, 1));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await log.HeadAsync());
        await using var reopened = SqliteEventLog.Open(_folder.Path);
        (await reopened.ReadAllAsync()).Count.ShouldBe(answered);
    }

    [Fact]
    public async Task Closing_leaves_the_log_in_one_file_that_nobody_holds()
    {
        var log = SqliteEventLog.Open(_folder.Path);
        await log.AppendAsync("s", Event());
        await log.ReadStreamAsync("s", 0, 1);

        await log.DisposeAsync();

        Directory.GetFiles(_folder.Path).Order().ShouldBe([File, Path.Combine(_folder.Path, "log.turn")]);
    }

    [Fact]
    public async Task Closing_ends_subscriptions()
    {
        var log = SqliteEventLog.Open(_folder.Path);

        var closing = Task.CompletedTask;

        await Should.ThrowAsync<ObjectDisposedException>(async () => await log.SubscribeUntilAsync((page, _) =>
        {
            if (page.IsEnd) closing = log.DisposeAsync().AsTask();
            return false;
        }));
        await closing;
    }

    [Fact]
    public async Task A_waiting_append_can_be_given_up()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        using var cancel = new CancellationTokenSource();
        using (var other = SqliteConnectionHandle.Open(File, TimeSpan.Zero))
        {
            other.Execute("BEGIN IMMEDIATE");
            var first = log.AppendAsync("first", Event());
            var second = log.AppendAsync("second", ExpectedVersion.Any, [Event()], cancel.Token);

            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(second);

            other.Execute("ROLLBACK");
            (await first).Position.Value.ShouldBe(1);
        }

        (await log.AppendAsync("third", Event())).Position.Value.ShouldBe(2);
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
