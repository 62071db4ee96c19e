using System.Globalization;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Sqlite;
using Cqrs.EventStore.Sqlite.Integrity;

namespace Cqrs.Cli.Checking;

/// <summary>What is damaged in a file of a data folder.</summary>
/// <param name="File">Path below the folder.</param>
/// <param name="Position">Of the event; null when no single event is damaged.</param>
/// <param name="Stream">Of the event; null when it is not known.</param>
/// <param name="What">A sentence without its full stop.</param>
/// <param name="Next">What to do.</param>
internal sealed record Damage(string File, long? Position, string? Stream, string What, string Next)
{
    /// <summary>File, place and fault in one line.</summary>
    public override string ToString()
    {
        var place = Position is { } position ? string.Create(CultureInfo.InvariantCulture, $" at position {position}") : "";
        return $"{File} is damaged{place}{(Stream is null ? "" : $", stream {Stream}")}: {What}.";
    }
}

/// <summary>Examines files of a data folder, or of a backup, as deeply as it can be done.</summary>
internal static class StoreCheck
{
    /// <summary>Examines the log: SQLite's pages, then each event, the hash chain, the index and the end.</summary>
    /// <exception cref="EventLogException">The file is no log, or is of a later version.</exception>
    public static (LogReport Report, Damage? Damage) Log(string folder, CommandOutput output, CancellationToken cancel)
    {
        var path = Path.Combine(folder, SqliteEventLog.FileName);
        var pages = Pages(path, output, cancel);
        using var progress = output.Progress("events checked");
        var report = LogVerification.Run(path, (done, all) => progress.Report(done, all > 0 ? (double)done / all : null), cancel);
        if (report.Fault is { } fault)
        {
            var what = pages is null ? fault.What : $"{fault.What} (page check: {pages})";
            return (report, new(SqliteEventLog.FileName, fault.Position, fault.Stream, what, fault.Next));
        }

        return (report, pages is null ? null : new(SqliteEventLog.FileName, Position: null, Stream: null, $"its pages are damaged ({pages})", NextOf(SqliteEventLog.FileName)));
    }

    /// <summary>Examines the pages of a file; what it should hold is not known.</summary>
    /// <param name="path">Below the folder.</param>
    public static Damage? File(string folder, string path, CommandOutput output, CancellationToken cancel) =>
        Pages(Path.Combine(folder, path), output, cancel) is { } words
            ? new(path, Position: null, Stream: null, $"its pages are damaged ({words})", NextOf(path))
            : null;

    /// <summary>Examines every database in a folder that is made or restored.</summary>
    /// <param name="paths">Below the folder.</param>
    /// <returns>The report on the log, or null when there is none.</returns>
    /// <exception cref="CliException">Something is damaged: exit code <see cref="ExitCodes.Damaged"/>.</exception>
    public static LogReport? All(string folder, IEnumerable<string> paths, string outcome, CommandOutput output, CancellationToken cancel)
    {
        LogReport? report = null;
        foreach (var path in paths)
        {
            Damage? damage;
            if (path == SqliteEventLog.FileName) (report, damage) = Log(folder, output, cancel);
            else damage = File(folder, path, output, cancel);
            if (damage is not null) throw new CliException(ExitCodes.Damaged, $"{damage} {outcome} {damage.Next}");
        }

        return report;
    }

    private static string? Pages(string path, CommandOutput output, CancellationToken cancel)
    {
        using var progress = output.Progress("pages");
        var what = string.Create(CultureInfo.InvariantCulture, $"checking the pages of {Path.GetFileName(path)}, {new FileInfo(path).Length / 1e6:N0} MB");
        return PageCheck.Run(path, () => progress.ReportElapsed(what), cancel);
    }

    private static string NextOf(string path) => Path.GetDirectoryName(path) is "projections"
        ? "Read models are made from the log: stop the servers, delete this file and start again."
        : path is SqliteKeys.FileName
            ? $"Stop the servers and restore {SqliteKeys.FileName} from the newest backup: without it personal data cannot be read."
            : "Stop the servers and restore a backup (cqrs restore).";
}
