using System.CommandLine;
using System.CommandLine.Parsing;
using Cqrs.Cli.Audit;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Events;
using Microsoft.Data.Sqlite;

namespace Cqrs.Cli.Export;

/// <summary><c>cqrs events export</c>: writes events into a file, a row each; called again it adds what is new.</summary>
internal static class ExportCommand
{
    private const string Examples = """
        Writes events into a file, a row for each, its fields as columns. Called again it goes on where it stopped, or adds
        what is new; a file of another log, and one that was changed since, is refused. Personal data are masked, unless
        --reveal asks for them.

        Examples:
          cqrs events export --to events.jsonl
          cqrs events export --to invites.csv --category connection --from 2026-11-01 --until 2026-11-30
          cqrs events export --to events.db && sqlite3 events.db "select count(*) from invite_sent_v1"

        """;

    public static Command Make(CommonOptions common)
    {
        var to = new Option<ExportTarget?>("--to")
        {
            Description = "The file: .jsonl, .csv, or .db for SQLite with a view for each type; the end of the range, too, as --until",
            HelpName = "file",
            Required = true,
            Arity = new(1, 2),
            CustomParser = ExportTarget.Parse,
        };
        var query = new EventQueryOptions(isForFiles: true);
        var reveal = new RevealOptions();
        var command = new Command("export", Examples + ExitCodes.Table) { to };
        query.AddTo(command);
        reveal.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(to) is { Until: not null } && result.GetResult("--until") is OptionResult { Implicit: false })
                result.AddError("--to and --until both give the end of the range; leave one of them out.");
        });
        command.SetAction((parsed, cancel) =>
        {
            var (target, asked) = (parsed.GetValue(to)!, query.Read(parsed, follow: false));
            if (target.Until is { } until) asked = asked with { To = until };
            return common.RunAsync(parsed, (stores, output) => ExportAsync(
                stores, Path.GetFullPath(target.File), asked, reveal.Read(parsed), output, cancel));
        });
        return command;
    }

    private static async Task ExportAsync(
        Stores stores, string path, EventQuery query, Reveal? reveal, CommandOutput output, CancellationToken cancel)
    {
        var plan = new ExportPlan(path, query.ToString(), reveal is not null, ExportFiles.IsCsv(path) ? output.RawCells : null);
        await ExportFiles.CheckAsync(plan, stores.Log, cancel);
        var personal = await RevealAudit.FieldsAsync(stores, reveal, "events export", query, cancel);
        if (query.Stream is { } stream) await RevealAudit.EnsureThereAsync(stores.Log, stream, cancel);

        var (before, after) = await WriteAsync(stores, plan, query, personal, output, cancel);
        await using var rows = output.Rows();
        await rows.WriteAsync(new(
        [
            ("file", path), ("added", after.Events - before.Events), ("events", after.Events), ("position", after.Position.Value),
        ]));
    }

    private static async Task<(ExportProgress Before, ExportProgress After)> WriteAsync(
        Stores stores, ExportPlan plan, EventQuery query, PersonalFields personal, CommandOutput output, CancellationToken cancel)
    {
        try
        {
            await using var file = await ExportFiles.OpenAsync(plan, stores, output, cancel);
            var before = file.Progress;
            await CopyAsync(stores, file, query, personal, output, cancel);
            return (before, file.Progress);
        }
        catch (Exception e) when (e is IOException or SqliteException)
        {
            throw new CliException(ExitCodes.Io, $"{plan.Path} cannot be written: {e.Message} Mend that and call it again: it goes on where it stopped.");
        }
    }

    private static async Task CopyAsync(
        Stores stores, IExportFile file, EventQuery query, PersonalFields personal, CommandOutput output, CancellationToken cancel)
    {
        var begun = file.Progress;
        using var progress = output.Progress(begun.Position, await stores.Log.HeadAsync(CancellationToken.None), stores.Clock);
        try
        {
            await foreach (var page in query.After(begun.Position).ReadAsync(stores.Log, cancel))
            {
                var flat = new FlatEvent[page.Events.Count];
                for (var i = 0; i < flat.Length; i++) flat[i] = await FlatEvent.OfAsync(page.Events[i], personal, cancel);
                if (page.Position > file.Progress.Position) await file.WriteAsync(flat, page.Position);
                progress.Report(file.Progress.Events - begun.Events, file.Progress.Position);
            }

            await file.CompleteAsync();
        }
        catch (OperationCanceledException)
        {
            await file.SaveAsync();
            progress.Dispose();
            await output.Messages.WriteLineAsync($"cqrs: stopped after {file.Progress.Events} events; the same command goes on from there.");
            throw;
        }
    }
}
