using System.Diagnostics;
using System.Text.Json;

namespace Cqrs.Bench.Http;

/// <summary>
/// Durable commands over HTTP: 64 connections, each with a pair of users who invite, accept and clear, again and again.
/// Beside it, in turns, the floor: the same client and an empty JSON POST. Client and servers share the machine.
/// </summary>
internal static class HttpBenchmark
{
    private const int Connections = 64;
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("BENCH_ROUNDS"), out var rounds) ? rounds : 15;

    /// <summary>Short, and many in turns: a shared machine changes its speed within seconds.</summary>
    private static readonly TimeSpan RoundLength = TimeSpan.FromSeconds(1);

    /// <summary>Until the runtime has compiled for good what commands run through.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(25);

    public static async Task RunAsync()
    {
        var data = Path.Combine(Directory.GetCurrentDirectory(), $"bench-http-{Environment.ProcessId}");
        try
        {
            using var floor = await ServerProcess.StartAsync("Cqrs.Bench.dll", "empty-server", "http://127.0.0.1:{0}");
            using var server = await ServerProcess.StartAsync(
                "Cqrs.Api.dll", "--Urls", "http://127.0.0.1:{0}", "--Data", data, "--Limits:Enabled=false");
            var idle = server.MemoryMb;
            Console.WriteLine($"{Environment.ProcessorCount} processors, {Connections} connections, {Rounds} rounds of {RoundLength.TotalSeconds} s each, in turns");

            var pairs = await Task.WhenAll(Enumerable.Range(0, Connections).Select(i => Pair.RegisterAsync(server.Port, i)));
            var empties = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => RawClient.ConnectAsync(floor.Port)));
            var empty = RawClient.Request("POST", "/", token: null, "{}");
            await MeasureAsync(empties, async client => await client.SendAsync(empty), TimeSpan.FromSeconds(1));
            await MeasureAsync(pairs, pair => pair.StepAsync(), WarmUp);

            var (floors, commands, ratios, cpu) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                floors.Add(await MeasureAsync(empties, async client => await client.SendAsync(empty), RoundLength));
                var before = server.Cpu;
                commands.Add(await MeasureAsync(pairs, pair => pair.StepAsync(), RoundLength));
                cpu.Add((server.Cpu - before).TotalMicroseconds / (commands[^1] * RoundLength.TotalSeconds));
                ratios.Add(commands[^1] / floors[^1]);
                Console.WriteLine($"round {round + 1}: empty POST {floors[^1],8:N0}/s   commands {commands[^1],8:N0}/s   ratio {ratios[^1]:N3}   server {cpu[^1]:N0} us CPU per command");
            }

            Console.WriteLine();
            Console.WriteLine("| | median | min | max |");
            Console.WriteLine("| --- | ---: | ---: | ---: |");
            Row("empty POST per second", floors, "N0");
            Row("durable commands per second (invite, accept, clear)", commands, "N0");
            Row("commands / empty POST", ratios, "N3");
            Row("server CPU per command, us", cpu, "N0");
            Console.WriteLine($"memory of the server: {idle} MB idle, {server.MemoryMb} MB after the load");
            foreach (var pair in pairs) pair.Dispose();
            foreach (var client in empties) client.Dispose();
        }
        finally
        {
            if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
        }
    }

    /// <returns>Steps per second over all clients.</returns>
    private static async Task<double> MeasureAsync<T>(IReadOnlyList<T> clients, Func<T, Task> step, TimeSpan length)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(clients.Select(client => Task.Run(async () =>
        {
            var count = 0;
            for (; watch.Elapsed < length; count++) await step(client);
            return count;
        })));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    private static void Row(string name, List<double> values, string format)
    {
        var sorted = values.Order().ToList();
        Console.WriteLine($"| {name} | {sorted[sorted.Count / 2].ToString(format)} | {sorted[0].ToString(format)} | {sorted[^1].ToString(format)} |");
    }

    /// <summary>Two users and the connection between their phones and the server.</summary>
    internal sealed class Pair(RawClient client, byte[] invite, byte[] accept, byte[] clear) : IDisposable
    {
        private int _step;

        public static async Task<Pair> RegisterAsync(int port, int number)
        {
            var client = await RawClient.ConnectAsync(port);
            var phone = $"+1415555{number:D4}";
            var other = $"+1415556{number:D4}";
            var inviter = await RegisterAsync(client, phone);
            var invitee = await RegisterAsync(client, other);
            var invite = RawClient.Request("POST", "/invites", inviter, $$"""{"firstName":"Bob","lastName":"Babbage","phone":"{{other}}"}""");
            var (status, body) = await client.SendAsync(invite);
            Expect(status, 201);
            using var answer = JsonDocument.Parse(body);
            var path = $"/connections/{answer.RootElement.GetProperty("connectionId").GetString()}/";
            return new(
                client, invite, RawClient.Request("POST", path + "accept", invitee, body: null),
                RawClient.Request("POST", path + "clear", inviter, body: null))
            { _step = 1 };
        }

        public async Task StepAsync()
        {
            var step = _step;
            _step = (_step + 1) % 3;
            var (status, _) = await client.SendAsync(step switch { 0 => invite, 1 => accept, _ => clear });
            Expect(status, step == 0 ? 201 : 200);
        }

        public void Dispose() => client.Dispose();

        private static async Task<string> RegisterAsync(RawClient client, string phone)
        {
            var (status, body) = await client.SendAsync(RawClient.Request(
                "POST", "/registrations", token: null, $$"""{"firstName":"Ada","lastName":"Lovelace","phone":"{{phone}}"}"""));
            Expect(status, 202);
            using var registration = JsonDocument.Parse(body);
            var id = registration.RootElement.GetProperty("registrationId").GetString();
            while (true)
            {
                (status, body) = await client.SendAsync(RawClient.Request("GET", "/dev/outbox?to=" + Uri.EscapeDataString(phone), token: null, body: null));
                Expect(status, 200);
                if (body.Length > 2) break;
                await Task.Delay(5);
            }

            using var messages = JsonDocument.Parse(body);
            var code = messages.RootElement[0].GetProperty("text").GetString()![..6];
            (status, body) = await client.SendAsync(RawClient.Request("POST", $"/registrations/{id}/verify", token: null, $$"""{"code":"{{code}}"}"""));
            Expect(status, 200);
            using var verified = JsonDocument.Parse(body);
            return verified.RootElement.GetProperty("authToken").GetString()!;
        }

        private static void Expect(int status, int expected)
        {
            if (status != expected) throw new InvalidOperationException($"The server answered {status}, not {expected}.");
        }
    }
}
