using Cqrs.Cli.Events;
using Cqrs.Cli.Output;

namespace Cqrs.Cli.Trace;

/// <summary>A command, an event or a message of one request.</summary>
/// <param name="Kind"><c>command</c>, <c>event</c> or <c>message</c>.</param>
/// <param name="What">The type of an event, the kind of a message, the actor of a command.</param>
/// <param name="At">When it was decided; null where that is not on record.</param>
/// <param name="Place">Of an event: stream and version.</param>
/// <param name="State">Of a message: the state of its delivery.</param>
internal sealed record TraceNode(string Kind, Guid Id, string What, DateTimeOffset? At, long? Position = null, string? Place = null, string? State = null)
{
    public const string Command = "command";
    public const string Event = "event";
    public const string Message = "message";

    /// <summary>What it led to, in the order in which that happened.</summary>
    public List<TraceNode> Led { get; } = [];

    /// <summary>True for a command whose recorded cause follows from the command itself, which no real cause can.</summary>
    public bool FollowsFromItself { get; set; }

    /// <summary>One line for people.</summary>
    public string Line => Kind switch
    {
        Command => $"command {Id} {What}{(FollowsFromItself ? " (its recorded cause follows from itself)" : "")}",
        Event => $"#{Position} {What} {EventRows.Time(At!.Value)} {Place}",
        _ => $"{What}: {State}",
    };

    /// <summary>One row for programs.</summary>
    public Row Row(TraceNode? parent, int depth) => new(
    [
        ("depth", depth), ("kind", Kind), ("id", Id.ToString()), ("parent", parent?.Id.ToString()), ("what", What),
        ("at", At is { } at ? EventRows.Time(at) : null), ("position", Position), ("place", Place), ("state", State),
    ]);
}
