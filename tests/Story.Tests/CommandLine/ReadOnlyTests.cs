using System.Diagnostics;
using Cqrs.Cli.CommandLine;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>
/// A copy of a data folder on a file system that is mounted read-only. The file system is a bind mount, so that these
/// tests also prove something where they run as root; without the right to mount they are skipped.
/// </summary>
public sealed class ReadOnlyTests(FixedHistory history) : IClassFixture<FixedHistory>, IDisposable
{
    private readonly DataFolder _folder = new();
    private bool _isMounted;

    private string Copy => Path.Combine(_folder.Path, "copy");

    public void Dispose()
    {
        if (_isMounted) Run("umount", Copy);
        _folder.Dispose();
    }

    [SkippableTheory]
    [InlineData("events replay --format jsonl")]
    [InlineData("events replay --backwards --user a0000000-0000-4000-8000-000000000000 --format jsonl")]
    [InlineData("events replay --stream user-a0000000-0000-4000-8000-000000000000 --format csv")]
    [InlineData("events replay --correlation 00000005-0000-7000-8000-000000000000")]
    [InlineData("state user-a0000000-0000-4000-8000-000000000000")]
    [InlineData("state user-e0000000-0000-4000-8000-000000000000 --history")]
    [InlineData("sql --tables")]
    [InlineData("sql 'select type, count(*) as n from events group by type order by 1'")]
    [InlineData("sql 'select id, status, person from users order by 1'")]
    [InlineData("trace 00000005-0000-7000-8000-000000000000")]
    [InlineData("report invites")]
    [InlineData("bus parked")]
    public async Task It_says_the_same_as_a_folder_that_can_be_written(string line)
    {
        var args = System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line.Replace('\'', '"')).ToArray();
        var expected = await CqrsShell.RunAsync([.. args, "--data", history.Path]);
        CopyHistory();
        Mount();

        var outcome = await CqrsShell.RunAsync([.. args, "--data", Copy]);

        (outcome.ExitCode, outcome.Error).ShouldBe((ExitCodes.Ok, expected.Error));
        outcome.Output.ShouldBe(expected.Output);
    }

    [SkippableFact]
    public async Task Its_read_models_can_be_looked_at()
    {
        CopyHistory();
        Mount();
        var rows = (await CqrsShell.RunAsync(["projections", "list", "--format", "jsonl", "--data", Copy])).ShouldSucceed().Rows;
        rows.ShouldAllBe(row => row.GetProperty("lagEvents").GetInt64() == 0);
    }

    [SkippableFact]
    public async Task It_can_be_exported_copied_and_backed_up()
    {
        CopyHistory();
        Mount();
        (await CqrsShell.RunAsync(["events", "export", "--to", $"{_folder.Path}/e.csv", "--data", Copy])).ShouldSucceed();
        (await CqrsShell.RunAsync(["events", "copy", "--from", Copy, "--to", $"{_folder.Path}/log"])).ExitCode.ShouldBe(ExitCodes.Ok);
        (await CqrsShell.RunAsync(["backup", "--to", $"{_folder.Path}/backup", "--data", Copy])).ExitCode.ShouldBe(ExitCodes.Ok);
    }

    [SkippableTheory]
    [InlineData("events replay --reveal")]
    [InlineData("users forget a0000000-0000-4000-8000-000000000000 --yes")]
    public async Task What_has_to_write_is_refused_and_shows_nothing(string line)
    {
        CopyHistory();
        Mount();
        (await CqrsShell.RunAsync([.. line.Split(' '), "--data", Copy])).ShouldFail(ExitCodes.NoPermission, "cannot be written");
    }

    [SkippableFact]
    public async Task A_copy_whose_newest_events_are_still_in_the_write_ahead_log_is_refused()
    {
        CopyHistory();
        await File.WriteAllTextAsync(Path.Combine(Copy, "log.db-wal"), "the newest commits");
        Mount();
        foreach (var line in new[] { "events replay", "sql --tables", "report invites" })
            (await CqrsShell.RunAsync([.. line.Split(' '), "--data", Copy])).ShouldFail(ExitCodes.NoPermission, "log.db-wal");
    }

    [SkippableFact]
    public async Task The_folder_of_a_running_server_is_read_through_a_read_only_mount()
    {
        await using var server = await StoryServer.StartAsync();
        var ada = await Phone.RegisteredAsync(server, "Ada", "Lovelace");
        Mount(server.Data.Path);

        // A process of its own: within one, SQLite would use the files that the server has open.
        var outcome = await CqrsShell.RunAsProcessAsync("", "events", "replay", "--type", "user-verified.v1", "--format", "jsonl", "--data", Copy);

        outcome.ShouldSucceed().Rows.Single().GetProperty("stream").GetString().ShouldBe($"user-{ada.UserId}");
    }

    private void CopyHistory()
    {
        foreach (var file in Directory.EnumerateFiles(history.Path, "*", SearchOption.AllDirectories))
        {
            if (file.EndsWith("-shm", StringComparison.Ordinal) || file.EndsWith("-wal", StringComparison.Ordinal)) continue;
            var target = Path.Combine(Copy, Path.GetRelativePath(history.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private void Mount(string? source = null)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root may mount.");
        Directory.CreateDirectory(Copy);
        Skip.IfNot(Run("mount", "--bind", source ?? Copy, Copy) == 0, "Nothing can be mounted here.");
        _isMounted = true;
        Skip.IfNot(Run("mount", "-o", "remount,ro,bind", Copy) == 0, "Nothing can be mounted read-only here.");
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
