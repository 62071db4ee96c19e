using System.Diagnostics;
using System.Text.Json;
using Cqrs.Cli.CommandLine;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>The command line, run in this process as a shell would.</summary>
internal static class CqrsShell
{
    public static async Task<Outcome> RunAsync(StoryServer server, params string[] args) => await RunAsync([.. args, "--data", server.Data.Path]);

    public static async Task<Outcome> RunAsync(string[] args, int? width = null, CancellationToken cancel = default, TextReader? input = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CqrsCommand.RunAsync(args, output, error, width, cancel, input: input);
        return new(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The real program, started by a shell that redirects its outputs.</summary>
    /// <param name="redirection">As the shell reads it, such as <c>2&gt;/dev/null</c>; empty for none.</param>
    public static async Task<Outcome> RunAsProcessAsync(string redirection, params string[] args)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["-c", $"dotnet exec \"$0\" \"$@\" {redirection}", Path.Combine(AppContext.BaseDirectory, "Cqrs.Cli.dll"), .. args])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return new(process.ExitCode, await output, await error);
    }
}

/// <summary>What a command left behind.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    /// <summary>The lines of <c>--format jsonl</c>.</summary>
    public IReadOnlyList<JsonElement> Rows => [.. Lines.Select(line => JsonDocument.Parse(line).RootElement)];

    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public Outcome ShouldSucceed()
    {
        ExitCode.ShouldBe(ExitCodes.Ok, Error);
        Error.ShouldBeEmpty();
        return this;
    }

    /// <summary>Nothing on standard output, and this on standard error.</summary>
    public void ShouldSayOnly(string what)
    {
        ExitCode.ShouldBe(ExitCodes.Ok, Error);
        Output.ShouldBeEmpty();
        Error.ShouldContain(what);
    }

    /// <summary>Nothing on standard output; a message that says <paramref name="what"/>.</summary>
    public void ShouldFail(int exitCode, string what)
    {
        ExitCode.ShouldBe(exitCode, Error);
        Output.ShouldBeEmpty();
        Error.ShouldStartWith("cqrs: ");
        Error.ShouldContain(what);
    }
}
