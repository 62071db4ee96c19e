using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Cqrs.Api.Starting;

namespace Cqrs.Story.Tests.Operations;

/// <summary>A server that cannot start says why in one line, with setting, fault and example, and a fixed exit code.</summary>
public sealed class StartFaultTests : IDisposable
{
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--Urls")]
    [InlineData("--Gateway:Urls")]
    public async Task A_port_that_is_in_use(string option)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://{taken.LocalEndpoint}";
        (await FaultAsync(option, address)).ShouldBe(
            $"{option[2..]} names '{address}', which another process listens on already. Stop that process, or use another port. "
            + $"For example {option[2..]}={(option == "--Urls" ? "http://127.0.0.1:5080" : "http://127.0.0.1:2113")}.");
    }

    [Theory]
    [InlineData("http://192.0.2.1:5080", "which is not an address of this machine")]
    [InlineData("http://name-that-does-not-resolve.invalid:5080", "whose host 'name-that-does-not-resolve.invalid' does not resolve")]
    public async Task An_address_that_is_not_ours(string address, string fault)
    {
        (await FaultAsync("--Urls", address)).ShouldContain(fault);
        (await FaultAsync("--Gateway:Urls", address, "--Gateway:Credentials", "tool:secret")).ShouldStartWith($"Gateway:Urls names '{address}'");
    }

    [Fact]
    public async Task Https_without_a_certificate()
    {
        // In a folder of its own there is no certificate for development either.
        var (code, said) = await ProcessAsync("--Urls", "https://127.0.0.1:0");
        code.ShouldBe(78, said);
        said.ShouldContain("Urls is 'https://127.0.0.1:0', but there is no certificate for https://. For example Kestrel:Certificates:Default:Path=");
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2, said);
    }

    [Fact]
    public async Task A_certificate_that_is_not_there()
    {
        var (code, said) = await ProcessAsync("--Urls", "https://127.0.0.1:0", "--Kestrel:Certificates:Default:Path", "/nowhere/server.pfx");
        code.ShouldBe(78, said);
        said.ShouldContain("Kestrel:Certificates");
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2, said);
    }

    [Fact]
    public async Task A_socket_file_that_an_earlier_process_left()
    {
        var path = Path.Combine(folder.Path, "api.sock");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen();
            (await FaultAsync("--Urls", $"http://unix:{path}")).ShouldContain("which another process listens on already");

            // The socket removes its file when it is closed; a killed process does not.
            File.Move(path, path + ".left");
        }

        (await FaultAsync("--Urls", $"http://unix:{path}.left")).ShouldContain($"no process listens there. Delete the file (rm {path}.left).");
        (await FaultAsync("--Urls", $"http://unix:{folder.Path}/nothing/api.sock")).ShouldContain("but there is no folder");
    }

    [Fact]
    public async Task A_settings_file_that_is_no_JSON()
    {
        var environment = $"Broken{Guid.NewGuid():N}";
        var file = Path.Combine(AppContext.BaseDirectory, $"appsettings.{environment}.json");
        await File.WriteAllTextAsync(file, "{\n  \"Secrets\": { \"Master\": hunter2 }\n}");
        try
        {
            var fault = await FaultAsync("--environment", environment);
            fault.ShouldBe($$"""{{file}} is no JSON: the fault is in line 2, column 26. Correct it, for example { "Grid": { "Squares": 8 } }.""");

            await File.WriteAllTextAsync(file, """{ "Grid": { "Squares": 1 }, "grid": { "squares": 2 } }""");
            (await FaultAsync("--environment", environment)).ShouldContain("cannot be used: A duplicate key 'grid:squares' was found");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task The_process_says_one_line_and_no_stack()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (code, said) = await ProcessAsync("--Urls", $"http://{taken.LocalEndpoint}");
        code.ShouldBe(78, said);
        var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2, said);
        lines[0].ShouldBe("cqrs cannot start as it is configured:");
        lines[1].ShouldStartWith("  Urls names ");
    }

    [Fact]
    public async Task A_name_of_this_machine_is_listened_on_there_and_nowhere_else()
    {
        // Kestrel alone would listen on all addresses: it takes an unknown host for a wildcard.
        var urls = await Cqrs.Gateway.Listening.ListenAddresses.ResolveAsync("Urls", [$"http://{Dns.GetHostName()}:5080", "http://*:5081", "http://localhost:5082"], "http://127.0.0.1:5080");
        urls.ShouldNotBeEmpty();
        urls.TakeLast(2).ShouldBe(["http://*:5081", "http://localhost:5082"]);
        foreach (var url in urls.Take(urls.Count - 2)) IPAddress.TryParse(new Uri(url).Host.Trim('[', ']'), out _).ShouldBeTrue(url);
    }

    private async Task<string> FaultAsync(params string[] options)
    {
        await using var error = new StringWriter();
        string[] args = ["--environment", "Development", "--Data", folder.Path, "--Urls", "http://127.0.0.1:0", .. options];
        var code = await ServerProcess.RunAsync(args, error).WaitAsync(TimeSpan.FromSeconds(30));
        code.ShouldBe(ServerProcess.ConfigurationFault, error.ToString());
        var lines = error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2, error.ToString());
        return lines[1].Trim();
    }

    private async Task<(int Code, string Said)> ProcessAsync(params string[] options)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Cqrs.Api.dll"), "--Data", folder.Path, .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["HOME"] = folder.Path;
        using var process = Process.Start(start)!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return (process.ExitCode, await said + await complained);
    }
}
