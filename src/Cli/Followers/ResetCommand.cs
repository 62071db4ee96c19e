using System.CommandLine;
using System.Globalization;
using Cqrs.Api.Composition;
using Cqrs.Cli.CommandLine;
using Cqrs.Commands.Idempotency;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Notifications.Deliveries;
using Cqrs.Projections.ChangedBits;

namespace Cqrs.Cli.Followers;

/// <summary><c>cqrs followers reset</c>: sets the checkpoints of relays, process managers and the bits.</summary>
internal static class ResetCommand
{
    private const string Examples = """
        Sets the checkpoint of a relay, a process manager or the connections-changed bits.
        Says what is done again or left out, and asks first. A running server goes on from there within some seconds.

        --to start  reads the log from its beginning. Nothing that is on record is sent twice, and what a process has
                    finished stays as it is: this is the safe choice after a log was put back, and the default.
        --to head   leaves out everything that is in the log now.
        --to N      leaves out everything up to position N, and reads on from there.

        Examples:
          cqrs followers reset --faulty
          cqrs followers reset sms-relay --to head --yes
          cqrs followers reset push-relay --to 81204

        """;

    public static Command Make(CommonOptions common)
    {
        var choice = new FollowerChoice("All relays, process managers and the bits");
        var to = new Option<ResetTarget>("--to")
        {
            Description = "start, head, or a position of the log",
            HelpName = "start|head|position",
            DefaultValueFactory = _ => ResetTarget.Start,
            CustomParser = ResetTarget.Parse,
        };
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        var command = new Command("reset", Examples + ExitCodes.Table) { to, yes };
        choice.AddTo(command);
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, async (stores, output) =>
        {
            var chosen = await choice.ReadAsync(
                parsed, stores, kind => kind is not FollowerKind.ReadModel,
                name => $"{name} is a read model. To rebuild it: {Mismatches.RebuildVerb(name)}", cancel);
            await ResetAsync(stores, chosen, parsed.GetValue(to)!, parsed.GetValue(yes), output, cancel);
        }));
        return command;
    }

    private static async Task ResetAsync(
        Stores stores, IReadOnlyList<Follower> chosen, ResetTarget target, bool yes, CommandOutput output, CancellationToken cancel)
    {
        if (chosen.Count == 0)
        {
            await output.Messages.WriteLineAsync("All relays, process managers and the bits fit the log; nothing was reset.");
            return;
        }

        var checkpoint = await target.OnAsync(stores.Log, cancel);
        foreach (var follower in chosen)
            await output.Messages.WriteLineAsync($"{follower.Name}, from {Text(follower.Checkpoint?.Position)} to {Text(follower.Kind is FollowerKind.Bits ? LogPosition.Start : checkpoint.Position)}: {Consequences.Of(follower, checkpoint.Position)}");
        var forgets = chosen.Any(follower => follower is { Kind: FollowerKind.Process, Fault: not null });
        if (forgets) await output.Messages.WriteLineAsync(Consequences.ForgottenAnswers);
        if (!yes) await output.ConfirmAsync(chosen.Count == 1 ? $"Reset {chosen[0].Name}?" : $"Reset these {chosen.Count} followers?", cancel);

        await using var rows = output.Rows();
        foreach (var follower in chosen)
        {
            var position = await ResetAsync(stores, follower, checkpoint, cancel);
            await rows.WriteAsync(new([("name", follower.Name), ("was", follower.Checkpoint?.Position.Value), ("position", position.Value)]));
        }
    }

    private static async Task<LogPosition> ResetAsync(Stores stores, Follower follower, Checkpoint checkpoint, CancellationToken cancel)
    {
        switch (follower.Kind)
        {
            case FollowerKind.Relay:
                await stores.Part<SqliteDeliveries>().ResetAsync(follower.Name, checkpoint, cancel);
                return checkpoint.Position;
            case FollowerKind.Process:
                // The stored answers are deleted first: once the process manager fits the log, the server uses them again.
                if (follower.Fault is not null) await stores.Part<SqliteCommandStore>().ForgetAnswersAsync(cancel);
                await stores.Part<SqliteCommandStore>().ResetAsync(follower.Name, checkpoint, cancel);
                return checkpoint.Position;
            default:
                using (var mailboxes = SqliteMailboxes.Open(stores.Settings.Data, stores.Clock)) await mailboxes.StartAgainAsync(cancel);
                using (var anchors = SqliteCheckpoints.Open(stores.ModelsFolder, ChangedBitsWriter.FileName))
                    await anchors.ResetAsync(ChangedBitsWriter.Name, Checkpoint.Start, cancel);
                return LogPosition.Start;
        }
    }

    private static string Text(LogPosition? position) => position is { } at ? at.Value.ToString("N0", CultureInfo.InvariantCulture) : "nothing";
}
