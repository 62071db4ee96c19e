using System.CommandLine;
using System.Globalization;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Rebuilding;
using Cqrs.Projections.Verifying;

namespace Cqrs.Cli.Projections;

/// <summary><c>cqrs projections verify</c>: is a read model what the log folds to?</summary>
internal static class VerifyCommand
{
    private const string Examples = """
        Folds the log afresh and compares it row by row with the live model, both at the same position. A server may run
        meanwhile; it is not touched. Personal data are compared by what they say, and never shown. The rows are the
        differences; none are good news.

        Examples:
          cqrs projections verify connections
          cqrs projections verify --all --format jsonl > differences.jsonl || cqrs projections rebuild --all

        """;

    public static Command Make(CommonOptions common)
    {
        var choice = new ProjectionChoice();
        var command = new Command("verify", Examples + ExitCodes.Table);
        choice.AddTo(command);
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, async (stores, output) =>
        {
            var different = new List<string>();
            await using (var rows = output.Rows())
            {
                foreach (var model in choice.Read(parsed, stores))
                    if (await VerifyAsync(stores, model, rows, output, cancel) > 0)
                        different.Add(model.Name);
            }

            if (different.Count > 0)
                throw new CliException(ExitCodes.Different, $"{string.Join(" and ", different)}: not what the log folds to. To mend it: cqrs projections rebuild {(different.Count > 1 ? "--all" : different[0])}");
        }));
        return command;
    }

    private static async Task<long> VerifyAsync(Stores stores, ISqliteModel model, IRowWriter rows, CommandOutput output, CancellationToken cancel)
    {
        if (ProjectionOverview.Read(stores.ModelsFolder, model) is not { } overview)
            throw new CliException(ExitCodes.NoInput, $"There is no model {model.Name} yet. Start a server, or call cqrs projections rebuild {model.Name}.");
        using var line = new RebuildCommand.OneAfterTheOther(output, stores.Clock);
        var verification = new Verification(stores.ModelsFolder, model, stores.Log, stores.Codec, stores.Keys) { OnProgress = line.Report };
        try
        {
            var verified = await verification.RunAsync(difference => rows.WriteAsync(Row(model, difference)), cancel);
            line.Dispose();
            await rows.FlushAsync();
            await output.Messages.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{model.Name}: {verified.Rows:N0} rows in {verified.Tables} tables at position {verified.Position}, {verified.Differences:N0} differences{(overview.Version.IsStale ? "; it was built by other code" : "")}"));
            return verified.Differences;
        }
        catch (LeaseHeldException)
        {
            throw new CliException(ExitCodes.Busy, $"Another verification of {model.Name} is under way. Wait for it, or end that process.");
        }
        catch (RebuildStoppedException e)
        {
            throw RebuildCommand.BadEvent(model, e, "verified");
        }
    }

    private static Row Row(ISqliteModel model, Difference difference) => new(
    [
        ("projection", model.Name), ("table", difference.Table), ("key", difference.Key), ("column", difference.Column),
        ("live", difference.Live), ("fresh", difference.Fresh),
    ]);
}
