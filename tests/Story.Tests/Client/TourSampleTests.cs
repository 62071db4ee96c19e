using System.Diagnostics;

namespace Cqrs.Story.Tests.Client;

/// <summary>The tour, as a developer runs it.</summary>
public sealed class TourSampleTests
{
    [Fact]
    public async Task It_tells_the_story_on_the_server_that_is_named()
    {
        await using var server = await StoryServer.StartAsync();
        var (code, said, complained) = await TourAsync("--url", server.Client.BaseAddress!.ToString(), "--data", server.Data.Path);
        code.ShouldBe(0, said + complained);
        said.ShouldContain("\"state\":\"connected\"");
        said.ShouldContain("invite-accepted.v1");
        complained.ShouldBeEmpty();

        (code, said, _) = await TourAsync("events", "--last", "2", "--data", server.Data.Path);
        code.ShouldBe(0);
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("events", "--help")]
    public async Task It_says_how_it_is_used(params string[] args)
    {
        var (code, said, _) = await TourAsync(args);
        code.ShouldBe(0);
        said.ShouldContain("--url <address>");
        said.ShouldContain("--data <folder>");
    }

    [Theory]
    [InlineData("There is no option '--urk'.", "--urk")]
    [InlineData("--url takes the server's address", "--url", "nowhere")]
    [InlineData("--url takes the server's address", "--url")]
    [InlineData("--last takes a number", "events", "--last", "many")]
    [InlineData("--data takes", "--data")]
    public async Task A_wrong_option_is_said_with_the_usage(string fault, params string[] args)
    {
        var (code, said, complained) = await TourAsync(args);
        (code, said).ShouldBe((2, ""));
        complained.ShouldStartWith(fault);
        complained.ShouldContain("--help");
    }

    [Fact]
    public async Task Without_a_server_or_a_log_it_says_what_to_do()
    {
        using var folder = new DataFolder();
        var (code, _, complained) = await TourAsync("--url", "http://127.0.0.1:1");
        code.ShouldBe(1);
        complained.ShouldContain("No server is ready at http://127.0.0.1:1/");
        (code, _, complained) = await TourAsync("events", "--data", folder.Path);
        code.ShouldBe(1);
        complained.ShouldContain("There is no log in");
        Directory.EnumerateFileSystemEntries(folder.Path).ShouldBeEmpty();
    }

    private static async Task<(int Code, string Said, string Complained)> TourAsync(params string[] args)
    {
        using var tour = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Cqrs.Tour.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var (said, complained) = (tour.StandardOutput.ReadToEndAsync(), tour.StandardError.ReadToEndAsync());
        await tour.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (tour.ExitCode, await said, await complained);
    }
}
