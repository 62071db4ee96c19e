using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>What the embedded log answers from memory is what the file says, whoever else writes to it.</summary>
public sealed class SqliteEventLogMemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Instances_that_write_in_turns_never_see_a_stale_stream_or_head()
    {
        await using var one = SqliteEventLog.Open(_folder.Path);
        await using var two = SqliteEventLog.Open(_folder.Path);
        var positions = 0L;

        for (var i = 0; i < 200; i++)
        {
            // Runs of different lengths: one commit after the other's, and several of one's own.
            var (writer, other) = (i / (1 + (i % 3))) % 2 == 0 ? (one, two) : (two, one);
            var stream = $"s-{i % 5}";
            var before = (await other.ReadStreamAsync(stream, 0, 1_000)).LastVersion;
            var mine = await writer.AppendAsync(stream, ExpectedVersion.Exactly(before), Events(1 + (i % 2)));
            positions += 1 + (i % 2);
            mine.Position.Value.ShouldBe(positions);

            foreach (var log in new[] { other, writer })
            {
                (await log.HeadAsync()).Value.ShouldBe(positions);
                (await log.ReadStreamAsync(stream, mine.LastVersion + 1, 10)).LastVersion.ShouldBe(mine.LastVersion);
                (await log.ReadStreamAsync(stream, before + 1, 10)).Events.Count.ShouldBe(1 + (i % 2));
                (await log.ReadAllAsync(from: new LogPosition(positions - 1))).Single().Position.Value.ShouldBe(positions);
                (await log.ReadStreamAsync($"missing-{i}", 0, 10)).LastVersion.ShouldBe(StreamVersion.None);
            }

            // Known to be missing a moment ago, and begun by the other.
            await other.AppendAsync($"missing-{i}", ExpectedVersion.NoStream, [Event()]);
            positions++;
            (await writer.ReadStreamAsync($"missing-{i}", 0, 10)).LastVersion.ShouldBe(0);
        }
    }

    [Fact]
    public async Task Readers_and_subscribers_of_two_writing_instances_miss_and_repeat_nothing()
    {
        // A tail so short that subscribers fall behind it all the time.
        var options = new SqliteEventLogOptions { TailEvents = 16, HeadsInMemory = 8, PositionsInMemory = 16, CheckpointPages = 16 };
        await using var one = SqliteEventLog.Open(_folder.Path, options: options);
        await using var two = SqliteEventLog.Open(_folder.Path, options: options);
        const int writers = 8;
        const int each = 120;
        var filter = new LogFilter { Categories = ["even"], Types = ["happened.v1"], StreamPrefixes = ["even-"] };
        var subscribers = new[] { one, two }.SelectMany(log => new[]
        {
            Task.Run(() => log.SubscribeUntilAsync((_, events) => events.Count >= writers * each, pageSize: 7)),
            Task.Run(() => log.SubscribeUntilAsync((_, events) => events.Count >= writers * each / 2, filter: filter)),
        }).ToList();

        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var (log, other) = writer % 4 < 2 ? (one, two) : (two, one);
            var stream = $"{(writer % 2 == 0 ? "even" : "odd")}-{writer}";
            for (var i = 0; i < each; i++)
            {
                var appended = await log.AppendAsync(stream, ExpectedVersion.Exactly(i - 1), [Event()]);
                (await log.ReadStreamAsync(stream, i + 1, 5)).LastVersion.ShouldBe(i);
                (await other.ReadStreamAsync(stream, i + 1, 5)).LastVersion.ShouldBe(i);
                (await other.HeadAsync()).ShouldBeGreaterThanOrEqualTo(appended.Position);
                if (i % 30 == 0) await Task.Delay(1);
            }
        })));

        for (var i = 0; i < subscribers.Count; i++)
        {
            var told = await subscribers[i];
            told.ShouldBeInOrder();
            if (i % 2 == 0) told.Select(e => e.Position.Value).ShouldBe(Enumerable.Range(1, writers * each).Select(p => (long)p));
            else told.ShouldBe((await one.ReadAllAsync(filter)), RecordedEventComparer.Instance);
        }
    }

    [Fact]
    public async Task An_older_copy_of_the_folder_put_back_while_closed_is_what_is_read()
    {
        var copy = Path.Combine(_folder.Path, "copy");
        var live = Path.Combine(_folder.Path, "live");
        await using (var log = SqliteEventLog.Open(live)) await log.AppendAsync("s", Events(2));
        Copy(live, copy);
        await using (var log = SqliteEventLog.Open(live)) await log.AppendAsync("s", Events(3));

        Directory.Delete(live, recursive: true);
        Copy(copy, live);

        await using var restored = SqliteEventLog.Open(live);
        (await restored.ReadStreamAsync("s", 2, 10)).LastVersion.ShouldBe(1);
        (await restored.HeadAsync()).Value.ShouldBe(2);
        (await restored.AppendAsync("s", ExpectedVersion.Exactly(1), [Event()])).Position.Value.ShouldBe(3);
        (await restored.ReadStreamAsync("s", 3, 10)).LastVersion.ShouldBe(2);
    }

    [Fact]
    public async Task Without_the_file_of_turns_or_with_anything_in_it_the_log_is_as_good()
    {
        var turn = Path.Combine(_folder.Path, "log.turn");
        await using (var log = SqliteEventLog.Open(_folder.Path)) await log.AppendAsync("s", Event());
        File.Delete(turn);
        await using (var log = SqliteEventLog.Open(_folder.Path)) (await log.AppendAsync("s", Event())).LastVersion.ShouldBe(1);
        await File.WriteAllBytesAsync(turn, [1, 2, 3]);

        await using var reopened = SqliteEventLog.Open(_folder.Path);
        (await reopened.ReadStreamAsync("s", 2, 1)).LastVersion.ShouldBe(1);
        (await reopened.AppendAsync("s", Event())).LastVersion.ShouldBe(2);
    }

    [Fact]
    public async Task A_subscriber_who_falls_behind_the_events_in_memory_goes_on_from_the_file()
    {
        await using var log = SqliteEventLog.Open(_folder.Path, options: new SqliteEventLogOptions { TailEvents = 8 });
        await log.AppendAsync("s", Events(4));
        var appending = Task.CompletedTask;

        var told = await log.SubscribeUntilAsync(
            (_, events) =>
            {
                // Forty more than fit, while the subscriber holds a page from memory.
                if (events.Count == 3) appending = Task.WhenAll(Enumerable.Range(0, 10).Select(_ => log.AppendAsync("s", Events(4))));
                return events.Count == 44;
            },
            pageSize: 3);

        await appending;
        told.Select(e => (e.Position.Value, e.Version)).ShouldBe(Enumerable.Range(0, 44).Select(i => (i + 1L, (long)i)));
        told.ShouldBe((await log.ReadStreamAsync("s", 0, 100)).Events, RecordedEventComparer.Instance);
    }

    [Fact]
    public async Task Streams_forgotten_by_the_memory_of_heads_are_found_again()
    {
        await using var log = SqliteEventLog.Open(_folder.Path, options: new SqliteEventLogOptions { HeadsInMemory = 4 });
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                await log.AppendAsync($"s-{i}", ExpectedVersion.Exactly(round - 1), [Event()]);
                (await log.ReadStreamAsync($"s-{(i * 7) % 20}", round + 1, 1)).LastVersion.ShouldBeInRange(round - 1, round);
            }

            for (var i = 0; i < 20; i++) (await log.ReadStreamAsync($"s-{i}", round + 1, 1)).LastVersion.ShouldBe(round);
        }
    }

    [Fact]
    public void The_events_in_memory_are_bounded_in_number_and_bytes()
    {
        var tail = new LogTail(maxEvents: 64, maxBytes: 10_000);
        for (var i = 1; i <= 1_000; i++)
        {
            tail.Add(Recorded(i, bytes: (i * 37) % 900));
            tail.Count.ShouldBeInRange(1, 64);
            tail.Bytes.ShouldBeLessThanOrEqualTo(10_000);
        }

        for (var i = 1_001; i <= 1_200; i++) tail.Add(Recorded(i, bytes: 0));
        tail.Count.ShouldBeInRange(40, 50);
        tail.Read(1_200 - tail.Count, 1_200, 1_000, new LogMatch(null))!.Events.Count.ShouldBe(tail.Count);
        tail.Read(1_199 - tail.Count, 1_200, 1_000, new LogMatch(null)).ShouldBeNull();

        // One that takes more than all may: it is there alone.
        tail.Add(Recorded(1_201, bytes: 20_000));
        tail.Count.ShouldBe(1);

        // Others wrote up to 1,300.
        tail.Add(Recorded(1_301, bytes: 0));
        tail.Count.ShouldBe(1);
        tail.Read(1_299, 1_301, 10, new LogMatch(null)).ShouldBeNull();
        tail.Read(1_300, 1_301, 10, new LogMatch(null))!.Events.Single().Position.Value.ShouldBe(1_301);
    }

    private static RecordedEvent Recorded(long position, int bytes) =>
        new(new LogPosition(position), "s", position - 1, Guid.NewGuid(), "t", DateTimeOffset.UnixEpoch, new byte[bytes], default, IsJson: true);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private sealed class RecordedEventComparer : IEqualityComparer<RecordedEvent>
    {
        public static readonly RecordedEventComparer Instance = new();

        public bool Equals(RecordedEvent? a, RecordedEvent? b) =>
            a! with { Data = default, Metadata = default } == b! with { Data = default, Metadata = default }
            && a.Data.Span.SequenceEqual(b.Data.Span) && a.Metadata.Span.SequenceEqual(b.Metadata.Span);

        public int GetHashCode(RecordedEvent e) => e.Position.GetHashCode();
    }
}
