using System.CommandLine;
using System.Diagnostics;
using Cqrs.Cli.CommandLine;
using Cqrs.Projections.Engine;

namespace Cqrs.Cli.Projections;

/// <summary><c>cqrs projections resume</c>: lets a projection that an event has stopped try it again, in the server that runs it.</summary>
internal static class ResumeCommand
{
    private const string Examples = """
        Lets a projection that was stopped by an event try that event again, in the server that runs it, and tells what
        came of it. Nothing is skipped: an event that still cannot be applied stops it again.

        Examples:
          cqrs projections resume users

        """;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static Command Make(CommonOptions common)
    {
        var name = new Argument<string?>("name") { Description = "Of the projection, as cqrs projections list shows it", Arity = ArgumentArity.ExactlyOne, CustomParser = Points.ParseName };
        var command = new Command("resume", Examples + ExitCodes.Table) { name };
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (stores, output) =>
            ResumeAsync(stores.ModelsFolder, ProjectionChoice.Find(stores, parsed.GetValue(name)!), output, cancel)));
        return command;
    }

    private static async Task ResumeAsync(string folder, ISqliteModel model, CommandOutput output, CancellationToken cancel)
    {
        var state = ListCommand.StateOf(ProjectionOverview.Read(folder, model), DateTimeOffset.UtcNow);
        if (state != "stopped") throw new CliException(ExitCodes.Unavailable, WhyNot(model, state));
        var request = ProjectionOverview.AskToResume(folder, model);
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < Patience;)
        {
            if (ProjectionOverview.Read(folder, model) is { Status: { } status } overview && status.Answered >= request)
            {
                await TellAsync(model, overview, output);
                return;
            }

            await Task.Delay(Glance, cancel);
        }

        throw new CliException(
            ExitCodes.Unavailable, $"{model.Name} has been asked to try again and has not answered for {Patience.TotalSeconds:0} s. Look again with cqrs projections list.");
    }

    private static async Task TellAsync(ISqliteModel model, ProjectionOverview overview, CommandOutput output)
    {
        var state = ListCommand.StateOf(overview, DateTimeOffset.UtcNow);
        if (state == "stopped" && overview.Status!.LastFailure is { } failure)
        {
            throw new CliException(
                ExitCodes.BadEvent,
                $"{model.Name} tried again and was stopped again: {failure.Error} at position {failure.Position} of {failure.Stream} ({failure.Type}). Mend the code that reads it and restart the server.");
        }

        await using var rows = output.Rows();
        await rows.WriteAsync(new([("name", model.Name), ("state", state), ("position", overview.Position.Value)]));
    }

    private static string WhyNot(ISqliteModel model, string state) => state switch
    {
        "not-running" => $"No server runs {model.Name} now. Start one: it tries the event again by itself.",
        "not-of-this-log" => $"{model.Name} was folded from another log than the one that is there now. Build it anew: cqrs followers rebuild {model.Name}",
        "absent" => $"There is no model {model.Name} yet. Start a server.",
        "waiting" => $"{model.Name} waits for something that it needs and tries again by itself. cqrs projections list tells what it met.",
        _ => $"{model.Name} is {state}, not stopped; there is nothing to resume.",
    };
}
