using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Cqrs.Contracts.Tests.Gateway;

namespace Cqrs.Story.Tests.Operations;

/// <summary>A server whose EventStoreDB does not answer, from the start on or from one moment to the next.</summary>
public sealed class LogOutageTests : IDisposable
{
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("refuses")]
    [InlineData("is silent")]
    public async Task Not_ready_at_once_commands_answer_503_and_ready_when_the_server_appears(string how)
    {
        // A listener that never accepts: the system completes connections, and no byte is answered.
        var silent = how == "is silent" ? new TcpListener(IPAddress.Loopback, 0) : null;
        silent?.Start();
        var port = silent is null ? FreePort() : ((IPEndPoint)silent.LocalEndpoint).Port;
        await using var server = await StoryServer.StartAsync($"--EventStore=esdb://127.0.0.1:{port}?tls=false&defaultDeadline=2000&gossipTimeout=1000");

        var asked = Stopwatch.GetTimestamp();
        var ready = await server.GetAsync("/health/ready");
        ready.ShouldBe(503).Json.GetProperty("dependencies").GetProperty("log").GetProperty("status").GetString().ShouldBe("failing");
        Stopwatch.GetElapsedTime(asked).ShouldBeLessThan(TimeSpan.FromSeconds(8), "the limit is 2 s, the rest is for a loaded machine");

        var phone = Phone.Of(server);
        var refused = (await phone.AskOnlyAsync()).ShouldBeProblem("storage-unavailable");
        refused.Header("Retry-After").ShouldBe("1");

        // The outage is known: each further command fails at once, and one log line stands for all of them.
        await Wait.UntilAsync(() => Task.FromResult(Outages(server)), count => count == 1);
        for (var i = 0; i < 5; i++) (await phone.AskOnlyAsync()).ShouldBeProblem("storage-unavailable");
        (await server.GetAsync("/health/live")).ShouldBe(200);

        silent?.Dispose();
        using var log = await GatewayProcess.StartAsync(folder.Path, $"http://127.0.0.1:{port}");
        await Wait.UntilAsync(() => server.GetAsync("/health/ready"), health => health.Status == 200);
        await phone.RegisterAsync();
        (await phone.MeAsync()).ShouldBe(200);

        Outages(server).ShouldBe(1);
        server.Log.Lines.Count(line => line.Contains("The log is available again", StringComparison.Ordinal)).ShouldBe(1);
        server.Log.Lines.ShouldNotContain(line => line.StartsWith("Critical", StringComparison.Ordinal));
        Warnings(server).Count().ShouldBeLessThanOrEqualTo(3, string.Join('\n', Warnings(server)));
    }

    [Fact]
    public async Task A_server_that_goes_away_and_comes_back_costs_no_restart()
    {
        var first = await GatewayProcess.StartAsync(folder.Path);
        var address = first.Address;
        await using var server = await StoryServer.StartAsync($"--EventStore=esdb://{address.Authority}?tls=false&defaultDeadline=2000&gossipTimeout=1000");
        await Wait.UntilAsync(() => server.GetAsync("/health/ready"), health => health.Status == 200);
        var ada = await Phone.RegisteredAsync(server);

        await first.KillAsync();
        first.Dispose();
        await Wait.UntilAsync(() => Task.FromResult(Outages(server)), count => count == 1);
        (await server.GetAsync("/health/ready")).ShouldBe(503);
        (await ada.InviteAsync("Bob", "B", Phone.NewNumber())).ShouldBeProblem("storage-unavailable");

        using var second = await GatewayProcess.StartAsync(folder.Path, address.ToString().TrimEnd('/'));
        await Wait.UntilAsync(() => server.GetAsync("/health/ready"), health => health.Status == 200);
        (await ada.InviteAsync("Bob", "B", Phone.NewNumber())).ShouldBe(201);
        Outages(server).ShouldBe(1);
    }

    private static int Outages(StoryServer server) =>
        server.Log.Lines.Count(line => line.StartsWith("Error The log is not available", StringComparison.Ordinal));

    private static IEnumerable<string> Warnings(StoryServer server) => server.Log.Lines.Where(line =>
        line.StartsWith("Warning", StringComparison.Ordinal) || line.StartsWith("Error", StringComparison.Ordinal));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
