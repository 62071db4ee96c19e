using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Cqrs.Story.Tests.Client;

/// <summary>The sample, as a developer runs it: a server in one process, the two phones in another.</summary>
public sealed class PhonesSampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Two_phones_live_through_the_whole_story_twice()
    {
        using var folder = new DataFolder();
        var address = $"http://127.0.0.1:{FreePort()}";
        using var server = Start("Cqrs.Api.dll", "--Data", folder.Path, "--Urls", address);
        try
        {
            await ReadyAsync(address, server);
            var first = await PhonesAsync("--url", address);
            var again = await PhonesAsync("--url", address);

            foreach (var (code, said, complained) in new[] { first, again })
            {
                code.ShouldBe(0, said + complained);
                said.Split('\n').Where(line => Regex.IsMatch(line, @"\A\d\. ")).ShouldBe(
                [
                    "1. Ada installs the app and registers.",
                    "2. Ada invites Bob, who does not have the app.",
                    "3. Bob follows the link, installs the app and registers.",
                    "4. Bob accepts.",
                    "5. Ada films a video for Bob.",
                    "6. Bob's phone downloads it. In the tunnel the connection is lost;",
                    "7. Bob watches it.",
                    "8. Ada clears the square.",
                ]);
                said.ShouldMatch(@"Ada invites you to Squares: http\S+/i/\w+");
                said.ShouldContain("│NEW     │");
                said.ShouldContain("1,048,576 bytes");
                said.ShouldContain("│seen    │");
                said.TrimEnd().ShouldEndWith("Everything was as told.");
                said.Split('\n').Max(line => line.Length).ShouldBeLessThanOrEqualTo(80);
                said.ShouldNotContain("\e");
                complained.ShouldBeEmpty();
            }
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Where_no_server_answers_it_says_what_to_do()
    {
        var (code, said, complained) = await PhonesAsync("--url", $"http://127.0.0.1:{FreePort()}");
        (code, said).ShouldBe((1, ""));
        complained.ShouldContain("Start one first: dotnet run --project src/Api");
    }

    [Fact]
    public async Task It_says_how_it_is_used()
    {
        var (code, said, _) = await PhonesAsync("--help");
        code.ShouldBe(0);
        said.ShouldContain("--url <address>");
        (code, _, var complained) = await PhonesAsync("--urk");
        code.ShouldBe(2);
        complained.ShouldStartWith("There is no option '--urk'.");
    }

    private static async Task<(int Code, string Said, string Complained)> PhonesAsync(params string[] args)
    {
        using var phones = Start("Cqrs.Phones.dll", args);
        var (said, complained) = (phones.StandardOutput.ReadToEndAsync(), phones.StandardError.ReadToEndAsync());
        try
        {
            await phones.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            phones.Kill();
            throw;
        }

        return (phones.ExitCode, await said, await complained);
    }

    private static Process Start(string program, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, program), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        return Process.Start(start)!;
    }

    private static async Task ReadyAsync(string address, Process server)
    {
        // What it says is read, or it would stop when the pipe is full.
        _ = server.StandardOutput.ReadToEndAsync();
        _ = server.StandardError.ReadToEndAsync();
        using var http = new HttpClient { BaseAddress = new(address) };
        await Wait.UntilAsync(
            async () =>
            {
                try
                {
                    using var answer = await http.GetAsync("/health/ready");
                    return answer.StatusCode;
                }
                catch (HttpRequestException)
                {
                    return HttpStatusCode.ServiceUnavailable;
                }
            },
            status => status == HttpStatusCode.OK);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
