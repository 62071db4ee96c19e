using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Rebuilding;

namespace Cqrs.Cli.Projections;

/// <summary><c>cqrs projections rebuild</c>: folds the log anew beside the live model and switches to it in one step.</summary>
internal static class RebuildCommand
{
    private const string Examples = """
        Builds a read model anew from the log, beside the live one, and puts it in that one's place in one step. A
        server may run meanwhile: it goes on serving and writing, and goes over to the new model by itself. Nothing is
        sent or announced twice. Interrupted or killed it leaves the live model as it is; called again it goes on.

        Examples:
          cqrs projections rebuild connections
          cqrs projections rebuild --all
          cqrs projections rebuild --stale        those that other code has built

        """;

    public static Command Make(CommonOptions common)
    {
        var choice = new ProjectionChoice();
        var stale = new Option<bool>("--stale") { Description = "All that were built by other code than this, and only those" };
        var command = new Command("rebuild", Examples + ExitCodes.Table) { stale };
        choice.AddTo(command, stale);
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, async (stores, output) =>
        {
            await using var rows = output.Rows();
            foreach (var model in choice.Read(parsed, stores))
            {
                if (parsed.GetValue(stale) && ProjectionOverview.Read(stores.ModelsFolder, model) is not { Version.IsStale: true }) continue;
                await rows.WriteAsync(await RebuildAsync(stores, model, output, cancel));
            }
        }));
        return command;
    }

    /// <summary>Rebuilds one model, with progress and with what to do when it does not succeed.</summary>
    public static async Task<Row> RebuildAsync(Stores stores, ISqliteModel model, CommandOutput output, CancellationToken cancel)
    {
        var begun = Stopwatch.GetTimestamp();
        using var line = new OneAfterTheOther(output, stores.Clock);
        var rebuild = new Rebuild(stores.ModelsFolder, model, stores.Log, stores.Codec) { OnProgress = line.Report };
        try
        {
            var done = await rebuild.RunAsync(cancel);
            var time = Stopwatch.GetElapsedTime(begun);
            return new(
            [
                ("name", model.Name),
                ("position", done.Position.Value),
                ("events", done.Applied),
                ("seconds", Math.Round(time.TotalSeconds, 3)),
                ("version", model.Fingerprint),
            ]);
        }
        catch (OperationCanceledException)
        {
            line.Dispose();
            await output.Messages.WriteLineAsync(
                $"cqrs: {model.Name} is not rebuilt yet; what is done is kept. Call it again and it goes on. The live model is as it was.");
            throw;
        }
        catch (LeaseHeldException)
        {
            throw new CliException(
                ExitCodes.Busy, $"Another rebuild of {model.Name} is under way. Wait for it, or end that process and call this again: it goes on where that one stopped.");
        }
        catch (RebuildStoppedException e)
        {
            throw BadEvent(model, e, "rebuilt");
        }
    }

    /// <summary>What to do about an event that this code cannot apply.</summary>
    public static CliException BadEvent(ISqliteModel model, RebuildStoppedException stopped, string done) => new(
        ExitCodes.BadEvent,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{model.Name} cannot be {done}: {stopped.Failure.Error} at position {stopped.Failure.Position} of {stopped.Failure.Stream} ({stopped.Failure.Type}). ")
        + (stopped.Failure.Reason is { } reason ? reason.TrimEnd('.') + ". " : "")
        + $"Mend the code that reads it, then call this again. The live model is as it was. To see the event: cqrs events replay --from {stopped.Failure.Position} --limit 1");

    /// <summary>Progress whose end is known only when it has begun.</summary>
    internal sealed class OneAfterTheOther(CommandOutput output, TimeProvider clock) : IDisposable
    {
        private LogProgress? _line;

        public void Report(RebuildProgress progress)
        {
            _line ??= output.Progress(progress.Begun, progress.Head, clock);
            _line.Report(progress.Applied, progress.Position);
        }

        public void Dispose()
        {
            _line?.Dispose();
            _line = null;
        }
    }
}
