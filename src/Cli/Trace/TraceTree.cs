using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Trace;

/// <summary>
/// Puts the events of one request in order of cause and effect. An event belongs to the command that appended it. The
/// parent of a command is what its events name as their cause: another command of the request, or the event that a
/// process manager reacted to, whose id is then the id of the command. A command that names itself as its cause is a root.
/// </summary>
/// <remarks>
/// The causes are what other programs wrote into the log, so they may form a loop. The command whose cause would close a
/// loop becomes a root and says so; every event is in the tree exactly once.
/// </remarks>
internal sealed class TraceTree
{
    private readonly Dictionary<Guid, TraceNode> _commands = [];
    private readonly Dictionary<Guid, TraceNode> _events = [];
    private readonly Dictionary<Guid, Guid> _causes = [];

    // Of each node that is not a root a node above it; shortened towards the root by each search.
    private readonly Dictionary<TraceNode, TraceNode> _above = new(ReferenceEqualityComparer.Instance);

    /// <summary>The events, by their ids.</summary>
    public IReadOnlyDictionary<Guid, TraceNode> Events => _events;

    /// <summary>Adds the next event in the order of the log.</summary>
    public void Add(RecordedEvent recorded, EventMetadata metadata)
    {
        var node = new TraceNode(
            TraceNode.Event, recorded.Id, recorded.Type, recorded.Created, recorded.Position.Value, $"{recorded.Stream}@{recorded.Version}");
        _events.TryAdd(recorded.Id, node);
        Link(node, CommandOf(metadata.CommandId.Value, $"by {metadata.Actor?.ToString() ?? "system"}", metadata.At));
        _causes.TryAdd(metadata.CommandId.Value, metadata.CausationId);
    }

    /// <summary>
    /// Returns the roots in the order of their first events; more than one where a cause is not on record or where causes
    /// form a loop. To be called once, after all events have been added.
    /// </summary>
    public IReadOnlyList<TraceNode> Roots()
    {
        foreach (var (id, cause) in _causes)
        {
            if (ParentOf(id, cause) is not { } parent) continue;
            var command = _commands[id];
            if (ReferenceEquals(RootOf(parent), command)) command.FollowsFromItself = true;
            else Link(command, parent);
        }

        var roots = _commands.Values.Where(command => !_above.ContainsKey(command)).ToList();
        var first = FirstPositions(roots);
        foreach (var node in first.Keys) node.Led.Sort((one, other) => first[one].CompareTo(first[other]));
        roots.Sort((one, other) => first[one].CompareTo(first[other]));
        return roots;
    }

    /// <summary>Of each node the position of its first event: its own, or the lowest of those below it.</summary>
    private static Dictionary<TraceNode, long> FirstPositions(IReadOnlyList<TraceNode> roots)
    {
        // Parents before their children; walked back, each node is complete before its parent needs it. No recursion: a
        // chain of causes can be as long as the log.
        var nodes = TraceWalk.Of(roots).Select(step => step.Node).ToList();
        var first = new Dictionary<TraceNode, long>(nodes.Count, ReferenceEqualityComparer.Instance);
        for (var i = nodes.Count - 1; i >= 0; i--)
            first[nodes[i]] = nodes[i].Position ?? nodes[i].Led.Select(led => first[led]).DefaultIfEmpty(long.MaxValue).Min();

        return first;
    }

    private void Link(TraceNode child, TraceNode parent)
    {
        parent.Led.Add(child);
        _above[child] = parent;
    }

    private TraceNode CommandOf(Guid id, string by, DateTimeOffset? at)
    {
        if (!_commands.TryGetValue(id, out var command)) _commands[id] = command = new(TraceNode.Command, id, by, at);
        return command;
    }

    private TraceNode? ParentOf(Guid command, Guid cause)
    {
        if (_events.TryGetValue(command, out var reaction)) return reaction;
        if (cause == command || cause == Guid.Empty) return null;
        if (_events.TryGetValue(cause, out var @event)) return @event;

        // A command that appended nothing is known only by those that name it as their cause.
        return CommandOf(cause, "(appended nothing)", at: null);
    }

    private TraceNode RootOf(TraceNode node)
    {
        while (_above.TryGetValue(node, out var above))
        {
            if (!_above.TryGetValue(above, out var next)) return above;
            _above[node] = next;
            node = next;
        }

        return node;
    }
}
