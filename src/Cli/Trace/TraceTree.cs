using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Trace;

/// <summary>
/// Puts the events of one request in order of cause and effect. An event belongs to the command that appended it. A
/// command was led to by what its events name as their cause: another command of the request, or the event that a
/// process manager reacted to, whose id is then that of the command. One that names itself began it all.
/// </summary>
internal sealed class TraceTree
{
    private readonly Dictionary<Guid, TraceNode> _commands = [];
    private readonly Dictionary<Guid, TraceNode> _events = [];
    private readonly Dictionary<Guid, Guid> _causes = [];

    /// <summary>The events, by their ids.</summary>
    public IReadOnlyDictionary<Guid, TraceNode> Events => _events;

    /// <summary>Adds the next event in the order of the log.</summary>
    public void Add(RecordedEvent recorded, EventMetadata metadata)
    {
        var node = new TraceNode(
            TraceNode.Event, recorded.Id, recorded.Type, recorded.Created, recorded.Position.Value, $"{recorded.Stream}@{recorded.Version}");
        _events.TryAdd(recorded.Id, node);
        CommandOf(metadata.CommandId.Value, $"by {metadata.Actor?.ToString() ?? "system"}", metadata.At).Led.Add(node);
        _causes.TryAdd(metadata.CommandId.Value, metadata.CausationId);
    }

    /// <summary>What began it; more than one where a cause is not on record. To be called once, when all is added.</summary>
    public IReadOnlyList<TraceNode> Roots()
    {
        var roots = new List<TraceNode>();
        foreach (var (command, cause) in _causes)
        {
            if (ParentOf(command, cause) is { } parent) parent.Led.Add(_commands[command]);
        }

        var led = _commands.Values.Concat(_events.Values).SelectMany(node => node.Led).ToHashSet(ReferenceEqualityComparer.Instance);
        roots.AddRange(_commands.Values.Where(command => !led.Contains(command)));
        foreach (var node in _commands.Values.Concat(_events.Values)) node.Led.Sort((one, other) => First(one).CompareTo(First(other)));
        roots.Sort((one, other) => First(one).CompareTo(First(other)));
        return roots;
    }

    private static long First(TraceNode node) => First(node, depth: 0);

    // A command comes where its first event does. Nothing leads to itself, whatever somebody wrote into the log.
    private static long First(TraceNode node, int depth) =>
        node.Position ?? (depth > 64 ? long.MaxValue : node.Led.Select(led => First(led, depth + 1)).DefaultIfEmpty(long.MaxValue).Min());

    private TraceNode CommandOf(Guid id, string who, DateTimeOffset? at)
    {
        if (!_commands.TryGetValue(id, out var command)) _commands[id] = command = new(TraceNode.Command, id, who, at);
        return command;
    }

    private TraceNode? ParentOf(Guid command, Guid cause)
    {
        if (_events.TryGetValue(command, out var reaction)) return reaction;
        if (cause == command || cause == Guid.Empty) return null;
        if (_events.TryGetValue(cause, out var @event)) return @event;

        // A command that appended nothing itself is known only by those that it led to.
        return IsAbove(command, cause) ? null : CommandOf(cause, "(appended nothing)", at: null);
    }

    // Would the cause follow from the command itself?
    private bool IsAbove(Guid command, Guid cause)
    {
        for (var (next, steps) = (cause, 0); steps < _causes.Count; steps++)
        {
            if (next == command) return true;
            if (!_causes.TryGetValue(next, out var above) || above == next) return false;
            next = above;
        }

        return true;
    }
}
