using System.CommandLine;
using System.Globalization;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Copying;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Copying;

/// <summary><c>cqrs events copy</c>: moves a log from one engine to another.</summary>
internal static class CopyCommand
{
    private const string Examples = """
        Copies a log: order, ids, versions, metadata and times stay as they are. The time of an event is the one in its
        metadata; a server of EventStoreDB cannot keep the time of an event without one, and the copy says how many there
        are. A copy that was interrupted continues when called again. At the end both logs are read side by side and
        compared, times included. No other program may write to the target meanwhile.

        A log is the data folder of an embedded one, or a connection string.

        To move a server: stop it, copy with --move, set EventStore, start it again. --move brings the followers of the
        log (in the data folder) to the same places of the copy, and has the read models built anew from it.

        Examples:
          cqrs events copy --from data --to 'esdb://admin:changeit@localhost:2113?tls=false'
          cqrs events copy --from data --to 'esdb+discover://cluster.example:2113' --move data
          cqrs events copy --from 'esdb://localhost:2113?tls=false' --to /tmp/for-analysis

        """;

    public static Command Make(CommonOptions common)
    {
        var from = new Option<string>("--from") { Description = "The log to copy", HelpName = "log", Required = true };
        var to = new Option<string>("--to") { Description = "The log to copy it to: empty, or the beginning of it", HelpName = "log", Required = true };
        var move = new Option<string?>("--move") { Description = "Data folder of a server that goes on with the copy; the server must be stopped", HelpName = "folder" };
        var command = new Command("copy", Examples + ExitCodes.Table) { from, to, move };
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (_, output) =>
            CopyAsync(parsed.GetValue(from)!, parsed.GetValue(to)!, parsed.GetValue(move), output, cancel)));
        return command;
    }

    private static async Task CopyAsync(string from, string to, string? move, CommandOutput output, CancellationToken cancel)
    {
        if (move is not null && !Directory.Exists(move)) throw new CliException(ExitCodes.NoInput, $"There is no folder {move}. Name the data folder of the server with --move.");
        await using var source = CopyEnd.OpenSource(from);
        var times = new CopiedTimes();
        await using var target = CopyEnd.OpenTarget(to, times);
        if (source.IsSameAs(target)) throw new CliException(ExitCodes.Usage, "--from and --to name the same log.");
        try
        {
            var head = await source.Log.HeadAsync(cancel);
            var copied = await InProgressAsync(output, "events copied", head, report => new LogCopy(source.Log, target.Log, times).RunAsync(head, report, cancel));
            var equal = 0L;
            var comparison = new LogComparison(source.Log, target.Log, target.KeepsTimes);
            await InProgressAsync(output, "events compared", head, async report => equal = await comparison.RunAsync(head, report, cancel));
            await output.Messages.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{copied:N0} events copied, {equal:N0} in both logs, all equal."));
            if (comparison.WithoutTimes > 0)
            {
                await output.Messages.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{comparison.WithoutTimes:N0} of them carry no time in their metadata, so they have the time of the copy in the target: EventStoreDB keeps no other."));
            }

            if (await source.Log.HeadAsync(cancel) > head)
                await output.Messages.WriteLineAsync("The source has got more events meanwhile. Call it again to copy those, too.");
            if (move is not null) await MoveAsync(source.Log, target.Log, move, output, cancel);
        }
        catch (LogsDifferException e)
        {
            throw new CliException(ExitCodes.Different, e.Message);
        }
    }

    private static async Task<long> InProgressAsync(
        CommandOutput output, string unit, LogPosition head, Func<Action<long, LogPosition>, Task> run)
    {
        using var progress = output.Progress(unit);
        var last = 0L;
        await run((count, position) =>
        {
            last = count;
            progress.Report(count, head.Value == 0 ? null : (double)position.Value / head.Value);
        });
        return last;
    }

    private static async Task MoveAsync(IEventLog source, IEventLog target, string folder, CommandOutput output, CancellationToken cancel)
    {
        var checkpoints = new MovedCheckpoints(source, target);
        await using var rows = output.Rows();
        foreach (var file in FollowerFiles.Names)
        {
            foreach (var (name, before, after) in await checkpoints.MoveAsync(folder, file, cancel))
                await rows.WriteAsync(new([("follower", name), ("was at", before.Value), ("is at", after.Value)]));
        }

        FollowerFiles.DropReadModels(folder);
        await FollowerFiles.ResetBitsAsync(folder, cancel);
        await output.Messages.WriteLineAsync("The checkpoints of the followers name the same events in the copy; the read models are built anew at the next start, and each phone fetches its list once.");
    }
}
