using System.Net;
using System.Net.Sockets;
using Cqrs.Cli.CommandLine;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>The real <c>cqrs gateway</c> on addresses on which it cannot listen.</summary>
public sealed class GatewayStartTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task A_port_in_use_ends_in_one_line()
    {
        Skip.If(OperatingSystem.IsWindows(), "There is no such shell here.");
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        ShouldBeOneLine(await StartAsync($"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}"), ExitCodes.Io, "another process listens on already");
    }

    [SkippableFact]
    public async Task A_port_that_is_none_ends_in_one_line()
    {
        Skip.If(OperatingSystem.IsWindows(), "There is no such shell here.");
        ShouldBeOneLine(await StartAsync("http://127.0.0.1:99999"), ExitCodes.Config, "Gateway:Urls names 'http://127.0.0.1:99999'");
    }

    private static void ShouldBeOneLine(Outcome outcome, int exitCode, string what)
    {
        outcome.ShouldFail(exitCode, what);
        outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1, outcome.Error);
    }

    private Task<Outcome> StartAsync(string url) => CqrsShell.RunAsProcessAsync("", "gateway", "--urls", url, "--data", _folder.Path);
}
