using System.Globalization;
using Cqrs.Cli.Events;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Sqlite;
using Cqrs.Notifications.Deliveries;

namespace Cqrs.Cli.Doctor;

/// <summary>Each store, opened beside whoever has it open, with what it answered.</summary>
internal static class StoreChecks
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <param name="head">Where a log ends that is not embedded here; −1 where nobody could say.</param>
    public static IEnumerable<Finding> Examine(string folder, long? head)
    {
        var log = Path.Combine(folder, SqliteEventLog.FileName);
        if (head is null && !File.Exists(log))
        {
            yield return Finding.Fault("log", $"there is none in {folder}", "Start a server once (dotnet run --project src/Api), or name its folder with --data.");
            yield break;
        }

        var end = head ?? 0;
        if (head is null)
        {
            foreach (var finding in Ask("log", log, snapshot => Log(snapshot, out end))) yield return finding;
        }

        foreach (var path in Directory.EnumerateFiles(folder, "*.db", SearchOption.AllDirectories).Where(path => path != log).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(folder, path);
            foreach (var finding in Ask(name, path, snapshot => Store(name, snapshot, end))) yield return finding;
        }
    }

    private static IEnumerable<Finding> Ask(string name, string path, Func<SqliteSnapshot, IEnumerable<Finding>> ask)
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
        head = log.Number("SELECT coalesce(max(position), 0) FROM events");
        var findings = new List<Finding> { Finding.Ok("log", Text($"schema {log.Number("PRAGMA user_version")}, head {head:N0}, {log.Length / 1e6:N0} MB")) };
        if (head == 0) return findings;

        var newest = new DateTimeOffset(log.Number("SELECT max(created) FROM (SELECT created FROM events ORDER BY position DESC LIMIT 1000)"), TimeSpan.Zero);
        findings.Add(Clock(newest, "Set this clock right (a time service does): codes and tickets expire by it."));
        return findings;
    }

    /// <summary>What the newest time in a log says of this machine's clock.</summary>
    /// <param name="next">What to do where they do not agree.</param>
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
                ? Finding.Fault(name, Text($"at {position:N0}, ahead of the log, which ends at {head:N0}: they are not of one history"), "cqrs followers rebuild --faulty builds it anew from the log. If the wrong log was put back, put back the right one instead.")
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
