using System.Globalization;
using Cqrs.Cli.Events;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Sqlite;
using Cqrs.Notifications.Deliveries;

namespace Cqrs.Cli.Doctor;

/// <summary>Checks of each store, which may be open in other processes meanwhile.</summary>
internal static class StoreChecks
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <summary>One check for each store; run them in order, since the others are compared with the end of the log.</summary>
    /// <param name="head">End of a log that is not embedded here; −1 where it is not known.</param>
    public static IEnumerable<Check> Of(string folder, long? head)
    {
        var log = Path.Combine(folder, SqliteEventLog.FileName);
        if (head is null && !File.Exists(log))
        {
            yield return Check.Of("log", () => [Finding.Fault("log", $"there is none in {folder}", "Start a server once (dotnet run --project src/Api), or name its folder with --data.")]);
            yield break;
        }

        var end = head ?? -1;
        if (head is null) yield return Check.Of("log", () => Ask("log", log, snapshot => Log(snapshot, out end)));
        foreach (var path in Directory.EnumerateFiles(folder, "*.db", SearchOption.AllDirectories).Where(path => path != log).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(folder, path);
            yield return Check.Of(name, () => Ask(name, path, snapshot => Store(name, snapshot, end)));
        }
    }

    private static IReadOnlyList<Finding> Ask(string name, string path, Func<SqliteSnapshot, IEnumerable<Finding>> ask)
    {
        try
        {
            using var snapshot = SqliteSnapshot.Of(path);
            return [.. ask(snapshot)];
        }
        catch (EventLogException e)
        {
            return [Finding.Fault(name, e.Message, "If it is damaged, restore a backup (cqrs restore). Read models may be deleted while no server runs: they are made again.")];
        }
    }

    private static List<Finding> Log(SqliteSnapshot log, out long head)
    {
        // The version is read first: the tables of another version may have other names.
        var version = log.Number("PRAGMA user_version");
        head = -1;
        if (version > SqliteEventLog.SchemaVersion)
        {
            return
            [
                Finding.Fault(
                    "log",
                    Text($"schema {version}; this program reads schemas up to {SqliteEventLog.SchemaVersion}, so a newer version wrote it"),
                    "Use the version of cqrs that wrote it, or a newer one. A backup from before the upgrade has the older schema."),
            ];
        }

        head = log.Number("SELECT coalesce(max(position), 0) FROM events");
        var findings = new List<Finding> { Finding.Ok("log", Text($"schema {version}, head {head:N0}, {log.Length / 1e6:N0} MB")) };
        if (head == 0) return findings;

        var newest = new DateTimeOffset(log.Number("SELECT max(created) FROM (SELECT created FROM events ORDER BY position DESC LIMIT 1000)"), TimeSpan.Zero);
        findings.Add(Clock(newest, "Set this clock right (a time service does): codes and tickets expire by it."));
        return findings;
    }

    /// <summary>Compares the newest time in a log with this machine's clock.</summary>
    /// <param name="next">The advice where the log is ahead.</param>
    public static Finding Clock(DateTimeOffset newest, string next)
    {
        var ahead = newest - TimeProvider.System.GetUtcNow();
        return ahead > Tolerance
            ? Finding.Fault("clock of the log", Text($"its newest events are of {EventRows.Time(newest)}, {ahead.TotalSeconds:N0} s ahead of this clock"), next)
            : Finding.Ok("clock of the log", $"newest event of {EventRows.Time(newest)}");
    }

    private static IEnumerable<Finding> Store(string name, SqliteSnapshot store, long head)
    {
        var tables = store.Texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
        var size = Text($"{tables.Count} tables, {store.Length / 1e6:N1} MB");
        if (tables.Contains("checkpoint", StringComparer.Ordinal))
        {
            var position = store.Number("SELECT position FROM checkpoint");
            yield return head >= 0 && position > head
                ? Finding.Fault(name, Text($"at {position:N0}, ahead of the log, which ends at {head:N0}: the log was replaced by an older or another one"), "cqrs followers rebuild --faulty builds it anew from the log. If the wrong log was put back, put back the right one instead.")
                : Finding.Ok(name, Text($"{size}, at {position:N0}") + (head < 0 ? "" : Text($", {head - position:N0} behind the log")));
        }
        else if (name == SqliteDeliveries.FileName && store.Number("SELECT count(*) FROM deliveries WHERE state = 4") is > 0 and var parked)
        {
            yield return Finding.Look(name, Text($"{size}, {parked:N0} messages parked"), "cqrs bus parked tells why; cqrs bus replay lets them be tried again.");
        }
        else
        {
            var keys = name == SqliteKeys.FileName ? Text($", {store.Number("SELECT count(*) FROM subject_keys"):N0} keys, {store.Number("SELECT count(*) FROM forgotten"):N0} people forgotten") : "";
            yield return Finding.Ok(name, size + keys);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
