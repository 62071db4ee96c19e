using System.Diagnostics;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Users;
using Cqrs.Projections.Verifying;

namespace Cqrs.Bench.Rebuild;

/// <summary>
/// Rebuilding the read models from a log with sealed personal data, as the command line does it, beside floors on the
/// same rows in the same run: reading them by SQLite's own interface; the same with the JSON parsed; and reading and decoding
/// them through the log and the codec, one after the other, with what is sealed opened. All rates are events of the
/// log a second.
/// </summary>
internal static class RebuildBenchmark
{
    private static readonly long Events = long.TryParse(Environment.GetEnvironmentVariable("BENCH_EVENTS"), out var events) ? events : 1_000_000;
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("BENCH_ROUNDS"), out var rounds) ? rounds : 3;

    /// <summary>Only what has this in its name.</summary>
    private static readonly string Only = Environment.GetEnvironmentVariable("BENCH_ONLY") ?? "";

    private const string Floor = "read and decode, opened, one thread";

    /// <summary>A folder that is used again, and kept.</summary>
    private static readonly string? Kept = Environment.GetEnvironmentVariable("BENCH_FOLDER");

    public static async Task RunAsync()
    {
        var folder = Kept ?? Path.Combine(Directory.GetCurrentDirectory(), "data", $"bench-rebuild-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            await using var log = SqliteEventLog.Open(folder);
            using var keys = SqliteKeys.Open(folder, MasterKeyFile.LoadOrCreate(folder));
            var codec = new EventCodec(DomainEvents.All, keys);
            var watch = Stopwatch.StartNew();
            if ((await log.HeadAsync()).Value < Events) await new History(log, codec, seed: 1).WriteAsync(Events);
            var head = (await log.HeadAsync()).Value;
            Console.WriteLine($"{head:N0} events in the log, written in {watch.Elapsed.TotalSeconds:N1} s; {Environment.ProcessorCount} cores");
            Console.WriteLine();
            await MeasureAsync(folder, head, log, keys, codec);
        }
        finally
        {
            if (Kept is null) Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(string folder, long head, SqliteEventLog log, SqliteKeys keys, EventCodec codec)
    {
        var models = Path.Combine(folder, "projections");
        var (users, connections) = (new UsersModel(), new ConnectionsModel());
        (string Name, Func<Task> Run)[] all =
        [
            ("raw read, SQLite's interface", () => RawRead.Rows(folder, parses: false)),
            ("raw read and parse of the JSON", () => RawRead.Rows(folder, parses: true)),
            (Floor, () => DecodeAsync(log, codec)),
            ("rebuild users", () => RebuildAsync(users)),
            ("rebuild connections", () => RebuildAsync(connections)),
            ("verify connections", () => new Verification(models, connections, log, codec, keys).RunAsync(
                found => throw new InvalidOperationException($"{found}"), CancellationToken.None)),
        ];
        var kinds = all.Where(kind => kind.Name.Contains(Only, StringComparison.Ordinal)).ToArray();
        var (rates, costs) = (kinds.Select(_ => new List<double>()).ToArray(), kinds.Select(_ => new List<double>()).ToArray());
        for (var round = 0; round < Rounds; round++)
        {
            for (var kind = 0; kind < kinds.Length; kind++)
            {
                var (begun, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                await kinds[kind].Run();
                rates[kind].Add(head / Stopwatch.GetElapsedTime(begun).TotalSeconds);
                costs[kind].Add((Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / head);
            }
        }

        // Blank where it was not measured.
        var floor = kinds.Zip(rates).Where(one => one.First.Name == Floor).Select(one => (double?)Median(one.Second)).FirstOrDefault();
        Console.WriteLine("| | events/s | of reading and decoding | processor µs/event, at least | rounds |");
        Console.WriteLine("| --- | ---: | ---: | ---: | --- |");
        for (var kind = 0; kind < kinds.Length; kind++)
            Console.WriteLine($"| {kinds[kind].Name} | {Median(rates[kind]):N0} | {Median(rates[kind]) / floor:N2} | {costs[kind].Min():N2} | {string.Join(' ', rates[kind].Select(rate => $"{rate / 1_000:N0}k"))} |");
        Console.WriteLine();
        Console.WriteLine($"managed heap at its largest: {GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes / 1_048_576:N0} MB; ");

        Task RebuildAsync(ISqliteModel model) => new Projections.Rebuilding.Rebuild(models, model, log, codec).RunAsync(CancellationToken.None);
    }

    private static async Task DecodeAsync(SqliteEventLog log, EventCodec codec)
    {
        var position = LogPosition.Start;
        for (var isEnd = false; !isEnd;)
        {
            var page = await log.ReadAllAsync(position, 2_048);
            await codec.DecodeAsync(page.Events);
            (position, isEnd) = (page.Position, page.IsEnd);
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
