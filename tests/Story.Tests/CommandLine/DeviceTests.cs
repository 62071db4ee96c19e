using Cqrs.Cli.CommandLine;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>The real program with its outputs on <c>/dev/full</c>, as a shell redirects them.</summary>
public sealed class DeviceTests(FixedHistory history) : IClassFixture<FixedHistory>
{
    [SkippableTheory]
    [InlineData("backup --to {folder}/backup", ">/dev/full 2>&1")]
    [InlineData("backup --to {folder}/file/backup", "2>/dev/full")]
    [InlineData("backup --to {folder}/file/backup", ">/dev/full 2>&1")]
    [InlineData("events replay --limit 1", ">/dev/full")]
    [InlineData("events replay --format json", ">/dev/full 2>&1")]
    [InlineData("report invites", ">/dev/full")]
    [InlineData("trace 00000005-0000-7000-8000-000000000000", ">/dev/full")]
    [InlineData("state user-nobody", "2>/dev/full")]
    [InlineData("--help", ">/dev/full")]
    [InlineData("--version", ">/dev/full")]
    [InlineData("events replay --no-such-option", ">/dev/full 2>&1")]
    public async Task A_failure_has_an_exit_code_and_no_stack_trace(string line, string redirection)
    {
        Skip.IfNot(File.Exists("/dev/full"), "There is no such device here.");
        using var folder = new DataFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "file"), "");

        var (exitCode, error) = await RunAsync(line.Replace("{folder}", folder.Path, StringComparison.Ordinal), redirection);

        new[] { ExitCodes.Usage, ExitCodes.NoInput, ExitCodes.CannotCreate, ExitCodes.Io }.ShouldContain(exitCode, error);
        error.ShouldNotContain("   at ");
        error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(redirection.Contains("2>", StringComparison.Ordinal) ? 0 : 1, error);
    }

    [SkippableFact]
    public async Task A_reader_that_has_had_enough_is_no_failure()
    {
        Skip.If(OperatingSystem.IsWindows(), "There is no such shell here.");
        (await RunAsync("events replay --format jsonl", "| head -n 1")).ShouldBe((ExitCodes.Ok, ""));
    }

    private async Task<(int ExitCode, string Error)> RunAsync(string line, string redirection)
    {
        var (exitCode, _, error) = await CqrsShell.RunAsProcessAsync(redirection, [.. line.Split(' '), "--data", history.Path]);
        return (exitCode, error);
    }
}
