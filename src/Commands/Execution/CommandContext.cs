using Cqrs.Domain.Identity;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Commands.Execution;

/// <summary>What a command carries besides its content: who asks, when, and as part of what.</summary>
/// <param name="Command">The same for each retry of one request.</param>
/// <param name="At">The time of the command, UTC; rules and events use it.</param>
public sealed record CommandContext(CommandId Command, DateTimeOffset At, UserId? Actor = null, Guid? Correlation = null, string? TraceParent = null)
{
    internal EventMetadata Metadata => new(Command, Correlation ?? Command.Value, Command.Value, Actor, At, TraceParent);
}
