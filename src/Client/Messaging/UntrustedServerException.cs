using Cqrs.Domain.Identity;

namespace Cqrs.Client.Messaging;

/// <summary>
/// The server named a mailbox that is not the one which this phone computes, or gave another half for a connection than
/// before: videos would go astray. Nothing was sent; repeating it is of no use.
/// </summary>
/// <param name="connection">The connection that is meant.</param>
/// <param name="message">What does not fit.</param>
public sealed class UntrustedServerException(ConnectionId connection, string message) : Exception(message)
{
    public ConnectionId Connection { get; } = connection;
}
