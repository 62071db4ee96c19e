using System.Globalization;
using Cqrs.Api.Configuration;
using Cqrs.Cli.Checking;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Cli.Doctor;

/// <summary>Reads every page of the stores and every event of the log.</summary>
internal static class DeepChecks
{
    /// <summary>Checks without a time limit, because their time grows with the stores; each shows its own progress.</summary>
    public static IEnumerable<Check> Of(Settings settings, CommandOutput output, CancellationToken cancel)
    {
        var log = Path.Combine(settings.Data, SqliteEventLog.FileName);
        if (settings.EventStore is null && File.Exists(log)) yield return Unlimited("events of the log", () => Log(settings.Data, output, cancel));
        foreach (var path in Directory.EnumerateFiles(settings.Data, "*.db", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(settings.Data, path)).Where(path => path != SqliteEventLog.FileName).Order(StringComparer.Ordinal))
        {
            yield return Unlimited($"pages of {path}", () => Pages(settings.Data, path, output, cancel));
        }
    }

    private static Check Unlimited(string name, Func<Finding> examine) =>
        new(name, Timeout.InfiniteTimeSpan, cancel => Task.Run<IReadOnlyList<Finding>>(() => [examine()], cancel));

    private static Finding Log(string folder, CommandOutput output, CancellationToken cancel)
    {
        const string check = "events of the log";
        try
        {
            var (report, damage) = StoreCheck.Log(folder, output, cancel);
            if (damage is not null) return Damaged(check, damage);
            return report.Schema < 3
                ? Finding.Look(check, Text($"{report.Events:N0}, readable; schema {report.Schema} has no checksums"), "They are made when a server opens the log.")
                : Finding.Ok(check, Text($"{report.Events:N0} in {report.Commits:N0} commits, as they were written"));
        }
        catch (EventLogException e)
        {
            return Finding.Fault(check, e.Message, "Restore a backup (cqrs restore), or run the program that wrote it.");
        }
    }

    private static Finding Pages(string folder, string path, CommandOutput output, CancellationToken cancel)
    {
        var check = $"pages of {path}";
        try
        {
            return StoreCheck.File(folder, path, output, cancel) is { } damage ? Damaged(check, damage) : Finding.Ok(check, "whole");
        }
        catch (EventLogException e)
        {
            return Finding.Fault(check, e.Message, "Run it as the user that the server runs as.");
        }
    }

    private static Finding Damaged(string check, Damage damage) => Finding.Fault(check, damage.ToString(), damage.Next) with { IsDamage = true };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
