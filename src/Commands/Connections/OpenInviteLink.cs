using System.Security.Cryptography;
using System.Text;
using Cqrs.Commands.Execution;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Commands.Connections;

/// <summary>The button on the page of an invite link. Whoever knows the code may press it.</summary>
public sealed record OpenInviteLink(ConnectionId Connection, string Code);

public sealed class OpenInviteLinkHandler(ConnectionExecutor connections)
{
    /// <returns>Null when it is recorded; a refusal where the code is not that of the pending invite.</returns>
    public async Task<Refusal?> HandleAsync(OpenInviteLink command, CommandContext context, CancellationToken cancel = default)
    {
        var outcome = await connections.ExecuteAsync(
            command.Connection, by: null,
            connection => IsPending(connection, command.Code)
                ? ConnectionDecider.OpenLink(connection, context.At)
                : Decision.Refuse(ConnectionRefusals.UnknownConnection),
            context, cancel);
        return outcome.Refusal;
    }

    private static bool IsPending(Connection connection, string code) =>
        connection is { Phase: ConnectionPhase.Inviting, Invite.Code.Text: { } sent }
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent), Encoding.UTF8.GetBytes(code));
}
