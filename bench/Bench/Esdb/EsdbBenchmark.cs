using System.Diagnostics;
using Cqrs.Bench.Http;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Bench.Esdb;

/// <summary>
/// What EventStoreDB's protocol costs: appends and reads through our client and our face, in another process, beside the
/// same engine in this one, in turns.
/// </summary>
internal static class EsdbBenchmark
{
    private const int Events = 100_000;
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("BENCH_ROUNDS"), out var rounds) ? rounds : 5;
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(900);

    public static async Task RunAsync()
    {
        var folder = Path.Combine(Directory.GetCurrentDirectory(), "data", $"bench-esdb-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            var port = ServerProcess.FreePort();
            using var face = await ServerProcess.StartAsync(
                "Cqrs.Api.dll", "--Urls", "http://127.0.0.1:{0}", "--Data", Path.Combine(folder, "face"), "--Roles", "gateway", "--Gateway:Urls", $"http://127.0.0.1:{port}");
            await using var remote = new EsdbEventLog(ConnectionString.Parse($"esdb://127.0.0.1:{port}?tls=false"));
            await using var local = SqliteEventLog.Open(Path.Combine(folder, "local"));
            Console.WriteLine($"{Environment.ProcessorCount} processors, {Rounds} rounds in turns; client and face share the machine");
            await AppendsAsync(remote, 16);
            await AppendsAsync(local, 16);

            Console.WriteLine("| | through the protocol | in process | ratio |");
            Console.WriteLine("| --- | ---: | ---: | ---: |");
            foreach (var writers in new[] { 1, 16, 64, 256 })
                await CompareAsync($"appends/s, {writers} writers, 300 bytes each to a new stream", remote, local, log => AppendsAsync(log, writers));
            foreach (var log in new IEventLog[] { remote, local }) await FillAsync(log);
            await CompareAsync("events/s, all read in pages of 512", remote, local, log => ReadAsync(log, filter: null));
            await CompareAsync("events/s, one category of two", remote, local, log => ReadAsync(log, new() { Categories = ["connection"] }));
            await CompareAsync("events/s, a catch-up subscription", remote, local, SubscribeAsync);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(string what, IEventLog remote, IEventLog local, Func<IEventLog, Task<double>> measure)
    {
        var (theirs, ours, ratios) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            theirs.Add(await measure(remote));
            ours.Add(await measure(local));
            ratios.Add(theirs[^1] / ours[^1]);
        }

        Console.WriteLine($"| {what} | {Median(theirs):N0} | {Median(ours):N0} | {Median(ratios):F2} |");
    }

    private static async Task<double> AppendsAsync(IEventLog log, int writers)
    {
        var (data, metadata) = (new byte[200], new byte[100]);
        var start = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (; Stopwatch.GetElapsedTime(start) < Round; count++)
                await log.AppendAsync($"connection-{Guid.NewGuid()}", ExpectedVersion.NoStream, [new(Guid.NewGuid(), "invite-sent.v1", data, metadata)]);
            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // The same events in both, half of them of another category.
    private static async Task FillAsync(IEventLog log)
    {
        var random = new Random(7);
        for (var i = 0; i < Events / 500; i++)
        {
            var events = Enumerable.Range(0, 500).Select(_ =>
            {
                var data = new byte[200];
                random.NextBytes(data);
                return new EventToAppend(Guid.NewGuid(), "invite-sent.v1", data, new byte[100]);
            }).ToArray();
            await log.AppendAsync($"{(i % 2 == 0 ? "user" : "connection")}-{Guid.NewGuid()}", ExpectedVersion.NoStream, events);
        }
    }

    private static async Task<double> ReadAsync(IEventLog log, LogFilter? filter)
    {
        var start = Stopwatch.GetTimestamp();
        var (position, count) = (LogPosition.Start, 0L);
        while (Stopwatch.GetElapsedTime(start) < Round)
        {
            var page = await log.ReadAllAsync(position, 512, filter);
            count += page.Events.Count;
            position = page.IsEnd ? LogPosition.Start : page.Position;
        }

        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> SubscribeAsync(IEventLog log)
    {
        var start = Stopwatch.GetTimestamp();
        var count = 0L;
        await foreach (var page in log.SubscribeAsync(LogPosition.Start))
        {
            count += page.Events.Count;
            if (page.IsEnd || Stopwatch.GetElapsedTime(start) > Round) break;
        }

        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
