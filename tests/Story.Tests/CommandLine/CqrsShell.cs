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
