using System.CommandLine;
using Cqrs.Api.Composition;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Projections;

namespace Cqrs.Cli.Followers;

/// <summary><c>cqrs followers rebuild</c>: folds read models anew, as <c>cqrs projections rebuild</c> does.</summary>
internal static class FollowersRebuildCommand
{
    private const string Examples = """
        Builds read models anew from the log that is there now, as cqrs projections rebuild does.
        A server may run meanwhile; it switches to the new models by itself, within some seconds.

        Examples:
          cqrs followers rebuild --faulty
          cqrs followers rebuild users

        """;

    public static Command Make(CommonOptions common)
    {
        var choice = new FollowerChoice("All read models, one after the other");
        var command = new Command("rebuild", Examples + ExitCodes.Table);
        choice.AddTo(command);
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, async (stores, output) =>
        {
            var chosen = await choice.ReadAsync(
                parsed, stores, kind => kind is FollowerKind.ReadModel,
                name => $"{name} is not a read model. To set its checkpoint: {Mismatches.ResetVerb(name)}", cancel);
            if (chosen.Count == 0) await output.Messages.WriteLineAsync("All read models fit the log; nothing was rebuilt.");
            await using var rows = output.Rows();
            foreach (var follower in chosen)
                await rows.WriteAsync(await RebuildCommand.RebuildAsync(stores, ProjectionChoice.Find(stores, follower.Name), output, cancel));
        }));
        return command;
    }
}
