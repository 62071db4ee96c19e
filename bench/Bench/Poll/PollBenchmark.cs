using System.Diagnostics;
using Cqrs.Bench.Http;

namespace Cqrs.Bench.Poll;

/// <summary>
/// Phones with full grids that poll as fast as they can, in turns with the floor: the same client and an empty GET.
/// Then a hundred phones that poll ten times a second, while commands run beside them. All share the machine.
/// </summary>
internal static class PollBenchmark
{
    private const int Connections = 64;
    private const int Phones = 100;
    private const int Commanders = 8;
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("BENCH_ROUNDS"), out var rounds) ? rounds : 5;
    private static readonly TimeSpan RoundLength = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    public static async Task RunAsync()
    {
        var data = Path.Combine(Directory.GetCurrentDirectory(), $"bench-poll-{Environment.ProcessId}");
        try
        {
            using var floor = await ServerProcess.StartAsync("Cqrs.Bench.dll", "empty-server", "http://127.0.0.1:{0}");
            using var server = await ServerProcess.StartAsync(
                "Cqrs.Api.dll", "--Urls", "http://127.0.0.1:{0}", "--Data", data, "--Limits:Enabled=false", $"--Secrets:Tokens={PollPhone.Keys}");
            Console.WriteLine($"{Environment.ProcessorCount} processors, {Connections} phones with {PollPhone.Grants} mailboxes, {Rounds} rounds of {RoundLength.TotalSeconds} s each, in turns");
            await BesideAnEmptyGetAsync(floor, server);
            await BesideCommandsAsync(server);
        }
        finally
        {
            if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
        }
    }

    private static async Task BesideAnEmptyGetAsync(ServerProcess floor, ServerProcess server)
    {
        var empties = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => RawClient.ConnectAsync(floor.Port)));
        var phones = await Task.WhenAll(Enumerable.Range(0, Connections).Select(i => PollPhone.ConnectAsync(server.Port, i + 1)));
        var empty = RawClient.Request("GET", "/", token: null, body: null);
        var kinds = new (string Name, Func<int, int, Task<TimeSpan>> Step)[]
        {
            ("empty GET", async (i, _) => await TimeAsync(() => empties[i].SendAsync(empty).AsTask())),
            ("poll, nothing new (304)", (i, _) => phones[i].PollUnchangedAsync()),
            ("poll, everything (200)", (i, _) => phones[i].PollAsync()),
            ("every tenth a write, the rest polls", (i, step) => step % 10 == 0 ? phones[i].WriteAsync(step / 10) : phones[i].PollUnchangedAsync()),
        };
        var rates = kinds.Select(_ => new List<double>()).ToArray();
        var times = kinds.Select(_ => new Latencies()).ToArray();
        var cpu = new double[kinds.Length];
        for (var round = -1; round < Rounds; round++)
        {
            for (var kind = 0; kind < kinds.Length; kind++)
            {
                var before = server.Cpu;
                var (rate, latencies) = await MeasureAsync(kinds[kind].Step);
                if (round < 0) continue;
                rates[kind].Add(rate);
                times[kind].Add(latencies);
                cpu[kind] += (server.Cpu - before).TotalMicroseconds / latencies.Count / Rounds;
            }
        }

        Console.WriteLine();
        Console.WriteLine("| | per second | min | max | of the empty GET | p50 ms | p99 ms | server CPU us |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (var kind = 0; kind < kinds.Length; kind++)
        {
            var ratio = Median(rates[kind].Zip(rates[0], (rate, none) => rate / none));
            Console.WriteLine(
                $"| {kinds[kind].Name} | {Median(rates[kind]):N0} | {rates[kind].Min():N0} | {rates[kind].Max():N0} | {ratio:N2} | {times[kind].Percentile(0.5):N2} | {times[kind].Percentile(0.99):N2} | {(kind == 0 ? "" : $"{cpu[kind]:N0}")} |");
        }

        foreach (var client in empties) client.Dispose();
        foreach (var phone in phones) phone.Dispose();
    }

    private static async Task BesideCommandsAsync(ServerProcess server)
    {
        var phones = await Task.WhenAll(Enumerable.Range(0, Phones).Select(i => PollPhone.ConnectAsync(server.Port, 1000 + i)));
        var pairs = await Task.WhenAll(Enumerable.Range(0, Commanders).Select(i => HttpBenchmark.Pair.RegisterAsync(server.Port, i)));
        Console.WriteLine();
        Console.WriteLine($"{Phones} phones that poll {1 / Every.TotalSeconds:N0} times a second, every tenth time after a write, for {2 * RoundLength.TotalSeconds} s");
        Console.WriteLine();
        Console.WriteLine("| beside | polls per second | p50 ms | p99 ms | commands per second |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: |");
        foreach (var withCommands in new[] { false, true })
        {
            using var end = new CancellationTokenSource(2 * RoundLength);
            var watch = Stopwatch.StartNew();
            var commanding = Task.WhenAll(pairs.Select(pair => Task.Run(async () =>
            {
                var count = 0;
                for (; withCommands && !end.IsCancellationRequested; count++) await pair.StepAsync();
                return count;
            })));
            var all = new Latencies();
            foreach (var latencies in await Task.WhenAll(phones.Select((phone, i) => Task.Run(() => TickAsync(phone, i, end.Token))))) all.Add(latencies);
            var commands = (await commanding).Sum();
            Console.WriteLine(
                $"| {(withCommands ? $"{Commanders} connections of commands" : "nothing")} | {all.Count / watch.Elapsed.TotalSeconds:N0} | {all.Percentile(0.5):N2} | {all.Percentile(0.99):N2} | {commands / watch.Elapsed.TotalSeconds:N0} |");
        }

        foreach (var phone in phones) phone.Dispose();
        foreach (var pair in pairs) pair.Dispose();
    }

    private static async Task<Latencies> TickAsync(PollPhone phone, int number, CancellationToken end)
    {
        var latencies = new Latencies();
        using var timer = new PeriodicTimer(Every);
        try
        {
            await Task.Delay(Every * number / Phones, end);
            for (var tick = number; ; tick++)
            {
                await timer.WaitForNextTickAsync(end);
                if (tick % 10 == 0) await phone.WriteAsync(tick / 10);
                latencies.Add(await phone.PollUnchangedAsync());
            }
        }
        catch (OperationCanceledException)
        {
            return latencies;
        }
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task> step)
    {
        var begun = Stopwatch.GetTimestamp();
        await step();
        return Stopwatch.GetElapsedTime(begun);
    }

    private static async Task<(double Rate, Latencies Latencies)> MeasureAsync(Func<int, int, Task<TimeSpan>> step)
    {
        var watch = Stopwatch.StartNew();
        var parts = await Task.WhenAll(Enumerable.Range(0, Connections).Select(i => Task.Run(async () =>
        {
            var latencies = new Latencies();
            for (var count = 1; watch.Elapsed < RoundLength; count++) latencies.Add(await step(i, count));
            return latencies;
        })));
        var all = new Latencies();
        foreach (var part in parts) all.Add(part);
        return (all.Count / watch.Elapsed.TotalSeconds, all);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
