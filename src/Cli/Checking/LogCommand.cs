using System.CommandLine;
using System.Globalization;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Cli.Checking;

/// <summary><c>cqrs log verify</c>: examines each event of the embedded log.</summary>
internal static class LogCommand
{
    private const string Examples = """
        Checks every event of the embedded log.
        Reads the pages of log.db, compares each event with its checksum and each commit with the hash chain, and compares
        the index of streams with the events. It runs beside servers and changes nothing. It also examines a backup: name
        its folder with --data.

        The result names the first fault: its position and stream, what is wrong and what to do. Exit code 65: the log is
        damaged. The checksums show damage, not forgery: a program that may write the file can also compute them.

        Examples:
          cqrs log verify
          cqrs log verify --data /backups/2026-11-25 --format json

        """;

    /// <summary>Makes the verbs on the log as a file.</summary>
    public static Command Log(CommonOptions common)
    {
        var verify = new Command("verify", Examples + ExitCodes.Table);
        verify.SetAction((parsed, cancel) => common.RunAsync(parsed, (data, output) => VerifyAsync(data, output, cancel)));
        return new("log", "The log as a file") { verify };
    }

    private static async Task VerifyAsync(string? data, CommandOutput output, CancellationToken cancel)
    {
        var settings = Stores.ReadSettings(data);
        if (settings.EventStore is not null)
            throw new CliException(ExitCodes.Unavailable, "The log is on an EventStoreDB server, which checks its own files. This verb examines the embedded log.");
        var folder = Stores.WithLog(settings).Data;
        var (report, damage) = StoreCheck.Log(folder, output, cancel);
        var row = new Row(
        [
            ("verdict", damage is null ? "ok" : "damaged"), ("file", Path.Combine(folder, SqliteEventLog.FileName)), ("schema", report.Schema),
            ("head", report.Head), ("events", report.Events), ("commits", report.Commits), ("chain", report.Chain),
            ("position", damage?.Position), ("stream", damage?.Stream), ("found", damage?.What), ("next", damage?.Next),
        ]);

        // The table has no empty columns, and leaves to the message what does not fit on a line.
        if (output.Format == Format.Table) row = new([.. row.Cells.Where(cell => cell.Value is not null && cell.Name is not ("found" or "next"))]);
        await using (var rows = output.Rows()) await rows.WriteAsync(row);

        if (damage is not null)
        {
            throw new CliException(ExitCodes.Damaged, string.Create(
                CultureInfo.InvariantCulture, $"{damage} {report.Events:N0} events before it are as they were written. {damage.Next}"));
        }

        await output.Messages.WriteLineAsync(report.Schema < 3
            ? string.Create(CultureInfo.InvariantCulture, $"{report.Events:N0} events can be read. This log has schema {report.Schema}, which has no checksums: they are made when a server opens it.")
            : string.Create(CultureInfo.InvariantCulture, $"{report.Events:N0} events in {report.Commits:N0} commits are as they were written."));
    }
}
