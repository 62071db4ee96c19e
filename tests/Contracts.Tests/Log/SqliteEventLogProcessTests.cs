using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>Several processes at one log, and processes that die.</summary>
public sealed class SqliteEventLogProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 200)]
    [InlineData(32, 5_000)]
    public async Task Whatever_was_answered_survives_a_kill(int writers, int appends)
    {
        for (var kill = 0; kill < 2; kill++)
        {
            using var process = new LogProcess("load", Path.Combine(_folder.Path, $"{kill}"), $"{writers}");
            await UntilAsync(() => process.Answered.Count >= appends);

            var answered = await process.KillAsync();

            await using var log = SqliteEventLog.Open(Path.Combine(_folder.Path, $"{kill}"));
            var events = (await log.ReadAllAsync(pageSize: 10_000)).ToDictionary(e => e.Position.Value);
            events.Keys.Order().ShouldBe(Enumerable.Range(1, events.Count).Select(p => (long)p), "positions have no holes");
            answered.Count.ShouldBeGreaterThanOrEqualTo(appends);
            foreach (var (stream, version, position, id) in answered)
            {
                var e = events[position];
                (e.Stream, e.Version, e.Id).ShouldBe((stream, version, id));
            }

            // The log goes on: each stream where it was, and the names of all streams are known.
            foreach (var last in answered.GroupBy(a => a.Stream).TakeLast(10))
                (await log.ReadStreamAsync(last.Key, 0, 10)).LastVersion.ShouldBeGreaterThanOrEqualTo(last.Max(a => a.Version));
            (await log.AppendAsync("after", ExpectedVersion.NoStream, [Event()])).Position.Value.ShouldBe(events.Count + 1);
        }
    }

    [Fact]
    public async Task Two_processes_take_turns_at_writing()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        const int each = 300;
        using var other = new LogProcess("count", _folder.Path, "shared", $"{each}");
        await UntilAsync(() => other.Answered.Count > 0);

        var mine = new List<Guid>();
        for (var i = 0; i < each; i++)
        {
            var e = Event();
            await log.AppendAsync("shared", e);
            mine.Add(e.Id);
        }

        await other.EndAsync();
        var shared = await log.ReadStreamAsync("shared", 0, 10_000);
        shared.Events.Select(e => e.Version).ShouldBe(Enumerable.Range(0, 2 * each).Select(v => (long)v));
        shared.Events.Ids().Where(mine.Contains).ShouldBe(mine);
        shared.Events.Ids().Where(id => !mine.Contains(id)).ShouldBe(other.Answered.Select(a => a.Id));
        (await log.ReadAllAsync()).Select(e => e.Position.Value).ShouldBe(Enumerable.Range(1, 2 * each).Select(v => (long)v));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    public async Task Who_commits_without_pause_leaves_a_gap_for_another_who_asks(int writers)
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        using var done = new CancellationTokenSource();
        var writing = Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested) await log.AppendAsync(NewStream(), Event());
        })));
        using (var other = Turn.Open(_folder.Path))
        using (var another = Turn.Open(_folder.Path))
        {
            for (var i = 0; i < 10; i++)
            {
                other.Ask();
                await UntilAsync(() => !another.IsAskedFor);
            }
        }

        await done.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task Several_may_open_a_log_that_none_of_them_finds()
    {
        for (var i = 0; i < 50; i++)
        {
            var folder = Path.Combine(_folder.Path, $"{i}");
            foreach (var log in await AtOnce.DoAsync(4, () => SqliteEventLog.Open(folder)))
            {
                await log.AppendAsync("s", Event());
                await log.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Two_instances_with_crowds_of_writers_neither_lose_nor_repeat_anything()
    {
        // Small numbers, so that both merge the index and copy the write-ahead log all the time.
        var options = new SqliteEventLogOptions { PositionsInMemory = 16, CheckpointPages = 16 };
        await using var one = SqliteEventLog.Open(_folder.Path, options: options);
        await using var two = SqliteEventLog.Open(_folder.Path, options: options);
        var streams = Enumerable.Range(0, 100).Select(_ => NewStream()).ToList();

        var sent = await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            var log = writer % 2 == 0 ? one : two;
            var mine = new List<(string Stream, Guid Id)>();
            for (var i = 0; i < 50; i++)
            {
                var (stream, e) = (streams[((i * 7) + (writer * 13)) % streams.Count], Event());
                (await log.AppendAsync(stream, e)).AlreadyThere.ShouldBeFalse();
                mine.Add((stream, e.Id));
            }

            return mine;
        })));

        foreach (var log in new[] { one, two })
        {
            var all = await log.ReadAllAsync();
            all.Select(e => e.Position.Value).ShouldBe(Enumerable.Range(1, 800).Select(p => (long)p));
            all.Select(e => (e.Stream, e.Id)).Order().ShouldBe(sent.SelectMany(s => s).Order());
            foreach (var stream in streams)
            {
                var slice = await log.ReadStreamAsync(stream, 0, 1_000);
                slice.Events.Select(e => e.Version).ShouldBe(Enumerable.Range(0, slice.Events.Count).Select(v => (long)v));
                slice.Events.Ids().ShouldBe(all.Where(e => e.Stream == stream).Ids());
            }
        }
    }

    [Fact]
    public async Task A_subscriber_sees_what_another_instance_appends()
    {
        await using var reader = SqliteEventLog.Open(_folder.Path);
        await using var writer = SqliteEventLog.Open(_folder.Path);
        var sent = Events(3);
        var appending = Task.CompletedTask;

        var told = await reader.SubscribeUntilAsync((page, events) =>
        {
            if (page.IsEnd && events.Count == 0) appending = writer.AppendAsync(NewStream(), sent);
            return events.Count == 3;
        });

        await appending;
        told.Ids().ShouldBe(sent.Ids());
    }

    [Fact]
    public async Task A_writer_gives_up_when_another_process_never_ends_its_turn()
    {
        await using var log = SqliteEventLog.Open(
            _folder.Path, options: new SqliteEventLogOptions { WriterPatience = TimeSpan.FromMilliseconds(20) });
        using (var other = SqliteConnectionHandle.Open(Path.Combine(_folder.Path, "log.db"), TimeSpan.Zero))
        {
            other.Execute("BEGIN IMMEDIATE");

            var failure = await Should.ThrowAsync<EventLogException>(log.AppendAsync("s", Event()));

            failure.Code.ShouldBe(EventLogErrors.Busy);
            other.Execute("ROLLBACK");
        }

        (await log.AppendAsync("s", Event())).LastVersion.ShouldBe(0);
    }
}
