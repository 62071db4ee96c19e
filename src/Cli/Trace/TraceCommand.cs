using System.CommandLine;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Events;
using Cqrs.Cli.Output;
using Cqrs.Domain.Decisions;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cqrs.Cli.Trace;

/// <summary><c>cqrs trace CORRELATION</c>: what followed from one request, as a tree of commands, events and messages.</summary>
internal static class TraceCommand
{
    private const int RoomForText = 40;

    private const string Examples = """
        Shows what followed from one request: the commands, the events that they appended, the messages that those asked for.
        Each event names its correlation id in cqrs events replay --format jsonl; the first command's id is that id.

        Examples:
          cqrs trace 00000005-0000-7000-8000-000000000000
          cqrs trace 00000005-0000-7000-8000-000000000000 --format jsonl | jq -r .what

        """;

    public static Command Make(CommonOptions common)
    {
        var correlation = new Argument<Guid?>("correlation") { Description = "The correlation id", Arity = ArgumentArity.ExactlyOne, CustomParser = Points.ParseId };
        var command = new Command("trace", Examples + ExitCodes.Table) { correlation };
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, async (stores, output) =>
        {
            var id = parsed.GetValue(correlation)!.Value;
            var roots = await TraceAsync(stores, id, output, cancel);
            if (output.IsForPeople) Draw(roots, id, output);
            else await ListAsync(roots, output);
        }));
        return command;
    }

    private static async Task<IReadOnlyList<TraceNode>> TraceAsync(Stores stores, Guid correlation, CommandOutput output, CancellationToken cancel)
    {
        var (tree, found) = (new TraceTree(), new List<RecordedEvent>());
        using (var progress = output.Progress(LogPosition.Start, await stores.Log.HeadAsync(cancel), stores.Clock))
        {
            await foreach (var page in new EventQuery { Correlation = correlation }.ReadAsync(stores.Log, cancel))
            {
                foreach (var recorded in page.Events) tree.Add(recorded, EventRows.MetadataOf(recorded)!);
                found.AddRange(page.Events);
                progress.Report(found.Count, page.Position);
            }
        }

        if (found.Count == 0)
        {
            throw new CliException(
                ExitCodes.NoInput, $"Nothing is recorded under the correlation {correlation}. cqrs events replay --format jsonl shows those of events, as correlationId.");
        }

        var roots = tree.Roots();
        using var messages = TracedMessages.Open(stores);
        foreach (var recorded in messages is null ? [] : found)
        {
            var node = tree.Events[recorded.Id];
            if (node.Position == recorded.Position.Value && Decode(stores.Codec, recorded) is { } @event)
                node.Led.InsertRange(0, await messages!.FindAsync(recorded, @event, cancel));
        }

        return roots;
    }

    private static IDomainEvent? Decode(EventCodec codec, RecordedEvent recorded)
    {
        try
        {
            return codec.DecodeErased(recorded) as IDomainEvent;
        }
        catch (Exception e) when (e is UnknownEventTypeException or EventFormatException)
        {
            return null;
        }
    }

    private static void Draw(IReadOnlyList<TraceNode> roots, Guid correlation, CommandOutput output)
    {
        var tree = new Tree(new Text($"correlation {correlation}"));

        // A level is four characters wide. Levels that would leave no room for text are drawn below each other.
        var deepest = Math.Max(1, ((output.Width ?? Terminal.Unwrapped) - RoomForText) / 4);
        var path = new List<IHasTreeNodes> { tree };
        foreach (var (node, _, depth) in TraceWalk.Of(roots))
        {
            var level = Math.Min(depth, deepest);
            var child = new TreeNode(Label(node, depth > deepest ? $"[depth {depth}] " : ""));
            path[level].Nodes.Add(child);
            path.RemoveRange(level + 1, path.Count - level - 1);
            path.Add(child);
        }

        Terminal.On(output).Write(tree);
    }

    private static IRenderable Label(TraceNode node, string before) => new Text(before + node.Line, node.Kind switch
    {
        TraceNode.Command => new Style(decoration: Decoration.Bold),
        TraceNode.Message => new Style(Color.Blue),
        _ => Style.Plain,
    });

    private static async Task ListAsync(IReadOnlyList<TraceNode> roots, CommandOutput output)
    {
        await using var rows = output.Rows();
        foreach (var (node, parent, depth) in TraceWalk.Of(roots)) await rows.WriteAsync(node.Row(parent, depth));
    }
}
