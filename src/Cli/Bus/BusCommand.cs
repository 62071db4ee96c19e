using System.CommandLine;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Events;
using Cqrs.Notifications.Deliveries;

namespace Cqrs.Cli.Bus;

/// <summary><c>cqrs bus parked</c> and <c>cqrs bus replay</c>: messages that were given up.</summary>
internal static class BusCommand
{
    private const string ParkedExamples = """
        Lists the messages that were given up, oldest first, with the reason.
        Nothing personal is in them.

        Examples:
          cqrs bus parked
          cqrs bus parked --format jsonl | jq -r 'select(.reason == "outcome-unknown") | .id'

        """;

    private const string ReplayExamples = """
        Lets messages that were given up be tried again.
        They are tried as if for the first time; what was done of them stays done. A running server takes them up within
        a second, else the next one that starts. A message whose reason is outcome-unknown may have been sent: replayed,
        it may come twice.

        Examples:
          cqrs bus replay 7f3c1c0e-5d0e-8a53-9a4e-3c1d2b0f6a77
          cqrs bus replay --all

        """;

    public static Command Make(CommonOptions common) => new("bus", "Messages to be sent") { Parked(common), Replay(common) };

    private static Command Parked(CommonOptions common)
    {
        var command = new Command("parked", ParkedExamples + ExitCodes.Table);
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (stores, output) => ListAsync(stores, output, cancel)));
        return command;
    }

    private static Command Replay(CommonOptions common)
    {
        var id = new Argument<Guid?>("id") { Description = "Id of the message", Arity = ArgumentArity.ZeroOrOne, CustomParser = Points.ParseId };
        var all = new Option<bool>("--all") { Description = "All that are parked" };
        var command = new Command("replay", ReplayExamples + ExitCodes.Table) { id, all };
        command.Validators.Add(result =>
        {
            if (result.GetValue(id) is null == !result.GetValue(all)) result.AddError("Name one message, or all of them with --all.");
        });
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (stores, output) => ReplayAsync(stores, parsed.GetValue(id), output, cancel)));
        return command;
    }

    private static async Task ListAsync(Stores stores, CommandOutput output, CancellationToken cancel)
    {
        // Opened read-only, unlike in a server: a copy may lie on a read-only mount.
        using var deliveries = HasDeliveries(stores) ? SqliteDeliveries.OpenToRead(stores.Settings.Data, stores.Clock) : null;
        var messages = deliveries is null ? [] : await new ParkedMessages(deliveries).ListAsync(cancel);
        if (messages.Count == 0) await output.Messages.WriteLineAsync("No message is parked.");
        await using var rows = output.Rows();
        foreach (var message in messages)
        {
            await rows.WriteAsync(new(
            [
                ("id", message.Id.ToString()), ("kind", message.Kind), ("since", EventRows.Time(message.ParkedAt)), ("tries", message.Tries),
                ("reason", message.Reason),
            ]));
        }
    }

    private static async Task ReplayAsync(Stores stores, Guid? id, CommandOutput output, CancellationToken cancel)
    {
        var parked = Find(stores);
        var replayed = id is not { } one ? parked is null ? 0 : await parked.ReplayAllAsync(cancel)
            : parked is not null && await parked.ReplayAsync(one, cancel) ? 1
            : throw new CliException(ExitCodes.NoInput, $"No message {one} is parked. cqrs bus parked lists those that are.");
        await using var rows = output.Rows();
        await rows.WriteAsync(new([("replayed", replayed)]));
    }

    // Nothing is opened where there are no deliveries yet: that would make a file.
    private static ParkedMessages? Find(Stores stores) =>
        HasDeliveries(stores) ? stores.Part<ParkedMessages>() : null;

    private static bool HasDeliveries(Stores stores) => File.Exists(Path.Combine(stores.Settings.Data, SqliteDeliveries.FileName));
}
