using System.Net.Sockets;

namespace Cqrs.Survival.Tests.Processes;

/// <summary>
/// A server that dies at the moment a connection is made: the runtime then throws what the socket says as it is, and not
/// as the failure of a request like everywhere else.
/// </summary>
internal sealed class BreakingConnections() : DelegatingHandler(new SocketsHttpHandler())
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new HttpRequestException("The connection broke while it was made.", e);
        }
    }
}
