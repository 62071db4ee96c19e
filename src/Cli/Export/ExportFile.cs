using System.Text.Json.Serialization;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Export;

/// <summary>What is to be in a file; a file that holds something else is not gone on with.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Asked">The filters.</param>
/// <param name="InClear">Personal data are in clear.</param>
internal sealed record ExportPlan(string Path, string Asked, bool InClear)
{
    /// <summary>Refuses a file that is there and is not the one that was begun with this plan.</summary>
    public void EnsureSame(string asked, bool inClear)
    {
        if (asked == Asked && inClear == InClear) return;
        throw Refused($"was made with other options ({Said(asked, inClear)}), not with these ({Said(Asked, InClear)}).");
    }

    public CliException Refused(string why) => new(
        ExitCodes.CannotCreate, $"{Path} {why} Name another file with --to, or delete it.");

    private static string Said(string asked, bool inClear) => $"{(asked.Length == 0 ? "everything" : asked)}{(inClear ? ", in clear" : "")}";
}

/// <summary>How far a file has come.</summary>
/// <param name="Position">Every event up to here that was asked for is in the file.</param>
/// <param name="Events">In the file.</param>
internal readonly record struct ExportProgress(
    [property: JsonConverter(typeof(PositionAsNumber))] LogPosition Position, long Events);

/// <summary>
/// A file of events, written page by page. Killed at any moment it can be gone on with: what stands in it beyond the last
/// <see cref="SaveAsync"/> is dropped and written again.
/// </summary>
internal interface IExportFile : IAsyncDisposable
{
    ExportProgress Progress { get; }

    /// <summary>Adds a page; it may be saved later.</summary>
    ValueTask WriteAsync(IReadOnlyList<FlatEvent> events, LogPosition upTo, CancellationToken cancel);

    /// <summary>What was written is on the disk when this returns, and is not written again.</summary>
    ValueTask SaveAsync();

    /// <summary>Saves, and leaves the file as others want to find it. It can still be gone on with.</summary>
    ValueTask CompleteAsync();
}

/// <summary>The kinds of files, told apart by how their names end.</summary>
internal static class ExportFiles
{
    public static readonly IReadOnlyList<string> Extensions = [".jsonl", ".csv", ".db"];

    /// <summary>Refuses a file that is there and is something else; changes nothing.</summary>
    /// <exception cref="CliException">With what to do.</exception>
    public static void Check(ExportPlan plan)
    {
        if (Path.GetDirectoryName(plan.Path) is { } folder && !Directory.Exists(folder))
            throw new CliException(ExitCodes.CannotCreate, $"There is no folder {folder}. Make it first, or name another file with --to.");
        if (Directory.Exists(plan.Path))
            throw new CliException(ExitCodes.CannotCreate, $"{plan.Path} is a folder. Name a file in it with --to.");
        if (IsDatabase(plan)) SqliteExport.Check(plan);
        else ExportNote.Check(plan, Rows(plan));
    }

    /// <summary>Begins the file, or goes on with it.</summary>
    public static IExportFile Open(ExportPlan plan, EventTypes types, TimeProvider clock)
    {
        Check(plan);
        try
        {
            return IsDatabase(plan) ? SqliteExport.Open(plan, types) : TextExport.Open(plan, Rows(plan), FlatEvent.FieldColumns(types), clock);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new CliException(ExitCodes.CannotCreate, $"{plan.Path} cannot be written: {e.Message} Name a file in a folder that you may write to.");
        }
    }

    private static bool IsDatabase(ExportPlan plan) => plan.Path.EndsWith(".db", StringComparison.OrdinalIgnoreCase);

    private static ITextRows Rows(ExportPlan plan) => plan.Path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? new CsvRows() : new JsonRows();
}
