using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Commands.Execution;

/// <summary>What a command carries besides its content: who asks, when, and as part of what.</summary>
/// <param name="Command">The same for each retry of one request.</param>
/// <param name="At">The time of the command, UTC; rules and events use it.</param>
/// <param name="Correlation">What began it all; null: this command did.</param>
public sealed record CommandContext(CommandId Command, DateTimeOffset At, UserId? Actor = null, Guid? Correlation = null, string? TraceParent = null)
{
    /// <summary>What directly led to this command; null: the request itself.</summary>
    public Guid? Causation { get; private init; }

    /// <summary>How far the log was written on behalf of this command, by whatever part of it.</summary>
    public WrittenPosition Written { get; init; } = new();

    internal EventMetadata Metadata => new(Command, Correlation ?? Command.Value, Causation ?? Command.Value, Actor, At, TraceParent);

    /// <summary>What a process manager does because of an event: part of the same request, though nobody asks any more.</summary>
    internal static CommandContext After(RecordedEvent cause, DateTimeOffset at)
    {
        var metadata = EventMetadata.Read(cause.Metadata.Span);
        return new(new(cause.Id), at, Correlation: metadata.CorrelationId, TraceParent: metadata.TraceParent);
    }

    /// <summary>A command that this one needs done: it belongs to the same request, and this one led to it.</summary>
    internal CommandContext Part(CommandId part) =>
        this with { Command = part, Correlation = Correlation ?? Command.Value, Causation = Command.Value };
}

/// <summary>The newest position that a command and its parts have written; parts may run side by side.</summary>
public sealed class WrittenPosition
{
    private long _newest;

    public LogPosition Newest => new(Volatile.Read(ref _newest));

    internal void Reach(LogPosition position)
    {
        for (var newest = Volatile.Read(ref _newest); position.Value > newest;)
        {
            var seen = Interlocked.CompareExchange(ref _newest, position.Value, newest);
            if (seen == newest) return;
            newest = seen;
        }
    }
}
