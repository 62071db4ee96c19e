using System.Text.Json.Serialization;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Export;

/// <summary>The content that an export should have; a file with other content is refused.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Asked">The filters.</param>
/// <param name="InClear">Personal data are in clear.</param>
/// <param name="RawCells">
/// CSV cells are written as they are, also those that a spreadsheet takes for formulas; null for a file that is not CSV.
/// </param>
internal sealed record ExportPlan(string Path, string Asked, bool InClear, bool? RawCells)
{
    /// <summary>Refuses a file that was begun with other options.</summary>
    /// <param name="rawCells">Null where the file does not say, because an earlier version began it or it is not CSV.</param>
    public void EnsureSame(string asked, bool inClear, bool? rawCells)
    {
        if (asked == Asked && inClear == InClear && (rawCells is null || rawCells == RawCells)) return;
        throw Refused($"was made with other options ({Text(asked, inClear, rawCells)}), not with these ({Text(Asked, InClear, RawCells)}).");
    }

    public CliException Refused(string why) => new(
        ExitCodes.CannotCreate, $"{Path} {why} Name another file with --to, or delete it.");

    private static string Text(string asked, bool inClear, bool? rawCells) =>
        $"{(asked.Length == 0 ? "everything" : asked)}{(inClear ? ", in clear" : "")}{(rawCells == true ? ", raw cells" : "")}";
}

/// <summary>How far a file has come.</summary>
/// <param name="Position">Every event up to here that was asked for is in the file.</param>
/// <param name="Events">In the file.</param>
internal readonly record struct ExportProgress(
    [property: JsonConverter(typeof(PositionAsNumber))] LogPosition Position, long Events);

/// <summary>
/// A file of events, written page by page. After a kill at any moment the export can be resumed: what the file holds beyond
/// the last <see cref="SaveAsync"/> is dropped and written again.
/// </summary>
internal interface IExportFile : IAsyncDisposable
{
    ExportProgress Progress { get; }

    /// <summary>Adds a page; it may be saved later.</summary>
    ValueTask WriteAsync(IReadOnlyList<FlatEvent> events, LogPosition upTo);

    /// <summary>When this returns, what was written is on the disk and is not written again.</summary>
    ValueTask SaveAsync();

    /// <summary>Saves, and leaves the file as other programs expect it. The export can still be resumed.</summary>
    ValueTask CompleteAsync();
}

/// <summary>The kinds of files, told apart by how their names end.</summary>
internal static class ExportFiles
{
    public static readonly IReadOnlyList<string> Extensions = [".jsonl", ".csv", ".db"];

    public static bool IsCsv(string path) => path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Refuses a file that is there and was not begun with this plan and from this log. Changes nothing. The content is
    /// checked by <see cref="OpenAsync"/>.
    /// </summary>
    /// <exception cref="CliException">Exit code 73, with what to do.</exception>
    public static async Task CheckAsync(ExportPlan plan, IEventLog log, CancellationToken cancel)
    {
        if (Path.GetDirectoryName(plan.Path) is { } folder && !Directory.Exists(folder))
            throw new CliException(ExitCodes.CannotCreate, $"There is no folder {folder}. Make it first, or name another file with --to.");
        if (Directory.Exists(plan.Path))
            throw new CliException(ExitCodes.CannotCreate, $"{plan.Path} is a folder. Name a file in it with --to.");

        var (progress, mark) = IsDatabase(plan)
            ? SqliteExportFile.Read(plan) is { } header ? (header.Progress, header.Mark) : default
            : ExportNote.Read(plan, Rows(plan)) is { } note ? (note.Progress, note.Mark) : default;
        if (mark is not null) await mark.EnsureSameAsync(plan, log, progress.Position, cancel);
    }

    /// <summary>Begins the file, or resumes one whose content is what was written.</summary>
    /// <exception cref="CliException">Exit code 73: the file cannot be written, or was changed since.</exception>
    public static async Task<IExportFile> OpenAsync(ExportPlan plan, Stores stores, CommandOutput output, CancellationToken cancel)
    {
        try
        {
            return IsDatabase(plan)
                ? SqliteExport.Open(plan, stores.Log, stores.Codec.Types, output, cancel)
                : await TextExport.OpenAsync(plan, Rows(plan), stores, output, cancel);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new CliException(ExitCodes.CannotCreate, $"{plan.Path} cannot be written: {e.Message} Name a file in a folder that you may write to.");
        }
    }

    private static bool IsDatabase(ExportPlan plan) => plan.Path.EndsWith(".db", StringComparison.OrdinalIgnoreCase);

    private static ITextRows Rows(ExportPlan plan) => IsCsv(plan.Path) ? new CsvRows() : new JsonRows();
}
