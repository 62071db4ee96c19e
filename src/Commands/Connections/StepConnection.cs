using Cqrs.Commands.Execution;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;

namespace Cqrs.Commands.Connections;

/// <summary>What a user can do with an entry of his grid.</summary>
public enum ConnectionStep
{
    See,
    Accept,
    Reject,
    Acknowledge,
    Clear,
}

public sealed record StepConnection(UserId By, ConnectionId Connection, ConnectionStep Step);

/// <param name="View">What the caller sees now.</param>
/// <param name="Position">Up to here the log has been written when the answer was made.</param>
public sealed record ConnectionAnswer(ConnectionId Connection, ConnectionView View, LogPosition Position);

public sealed class StepConnectionHandler(ConnectionExecutor connections)
{
    public async Task<Answer<ConnectionAnswer>> HandleAsync(StepConnection command, CommandContext context, CancellationToken cancel = default)
    {
        var (by, id, step) = command;
        var outcome = await connections.ExecuteAsync(id, by, connection => Decide(connection, by, step, context.At), context, cancel);
        if (outcome.Refusal is { } refusal) return refusal;
        return new ConnectionAnswer(id, outcome.State.State.ViewOf(by), outcome.State.Position);
    }

    private static Decision Decide(Connection connection, UserId by, ConnectionStep step, DateTimeOffset at) => step switch
    {
        ConnectionStep.See => ConnectionDecider.See(connection, by, at),
        ConnectionStep.Accept => ConnectionDecider.Accept(connection, by, at),
        ConnectionStep.Reject => ConnectionDecider.Reject(connection, by, at),
        ConnectionStep.Acknowledge => ConnectionDecider.Acknowledge(connection, by, at),
        ConnectionStep.Clear => ConnectionDecider.Clear(connection, by, at),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };
}
