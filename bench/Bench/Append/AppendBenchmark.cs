using System.Diagnostics;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Bench.Append;

/// <summary>
/// Appends per second through the public port, each event of 300 bytes to a new stream, beside floors measured in turn
/// with it: for one writer what the disk flushes; for many what a plain file with group commit takes, a flush for each
/// batch. That one twice: as it is, and with a moment's wait that lets batches grow.
/// </summary>
internal static class AppendBenchmark
{
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("BENCH_ROUNDS"), out var rounds) ? rounds : 15;

    /// <summary>Short, and many in turns: a shared machine changes its speed within seconds.</summary>
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(400);

    public static async Task RunAsync()
    {
        var folder = Path.Combine(Directory.GetCurrentDirectory(), "data", $"bench-append-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            await using var log = SqliteEventLog.Open(Path.Combine(folder, "log"));
            using var file = new FileLog(Path.Combine(folder, "file.log"), gathers: false);
            using var gathering = new FileLog(Path.Combine(folder, "gathering.log"), gathers: true);
            var disk = Path.Combine(folder, "flush.log");
            for (var warmUp = 0; warmUp < 3; warmUp++)
            {
                await LogAsync(log, 16);
                await FileAsync(file, 16);
                await FileAsync(gathering, 16);
            }

            Console.WriteLine("| writers | appends/s | floor | floor/s | ratio | gathering file log/s | ratio | rounds (log/floor/gathering) |");
            Console.WriteLine("| ---: | ---: | --- | ---: | ---: | ---: | ---: | --- |");
            foreach (var writers in new[] { 1, 16, 64, 256 })
            {
                var (ours, floors, gathered) = (new List<double>(), new List<double>(), new List<double>());
                for (var round = 0; round < Rounds; round++)
                {
                    floors.Add(writers == 1 ? Disk.FlushesPerSecond(disk, Round) : await FileAsync(file, writers));
                    ours.Add(await LogAsync(log, writers));
                    if (writers > 1) gathered.Add(await FileAsync(gathering, writers));
                }

                var floor = writers == 1 ? "write 400 B + fdatasync" : "file log, group commit";
                var second = writers == 1 ? "| |" : $"{Median(gathered):N0} | {Ratio(ours, gathered):F2} |";
                var rounds = string.Join(' ', ours.Select((rate, i) =>
                    $"{rate / 1_000:F1}k/{floors[i] / 1_000:F1}k" + (writers == 1 ? "" : $"/{gathered[i] / 1_000:F1}k")));
                Console.WriteLine(
                    $"| {writers} | {Median(ours):N0} | {floor} | {Median(floors):N0} | {Ratio(ours, floors):F2} | {second} {rounds} |");
            }

            Console.WriteLine();
            Console.WriteLine($"events in the log at the end: {(await log.HeadAsync()).Value:N0}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<double> LogAsync(SqliteEventLog log, int writers)
    {
        var (data, metadata) = (new byte[200], new byte[100]);
        return MeasureAsync(writers, () => log.AppendAsync(
            $"connection-{RandomId()}", ExpectedVersion.NoStream, [new EventToAppend(RandomId(), "invite-sent.v1", data, metadata)]));
    }

    private static Task<double> FileAsync(FileLog file, int writers)
    {
        // What a record of the log holds: payload, name, type, id.
        return MeasureAsync(writers, () => file.AppendAsync(new byte[400]));
    }

    private static async Task<double> MeasureAsync(int writers, Func<Task> append)
    {
        var start = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            while (Stopwatch.GetElapsedTime(start) < Round)
            {
                await append();
                count++;
            }

            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Ids that cost next to nothing: the system's cryptographic source would be a good part of what is measured.
    private static Guid RandomId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.Shared.NextBytes(bytes);
        return new Guid(bytes);
    }

    // Of neighbours in time, and not of medians: both had the same machine.
    private static double Ratio(List<double> ours, List<double> floors) => Median([.. ours.Select((rate, i) => rate / floors[i])]);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
