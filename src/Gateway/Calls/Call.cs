using Grpc.Core;

namespace Cqrs.Gateway.Calls;

/// <summary>One call as its handler sees it.</summary>
internal sealed class Call : IDisposable
{
    private readonly CancellationTokenSource _cancelled;

    /// <param name="stopping">Cancelled when the server stops.</param>
    public Call(ServerCallContext context, CancellationToken stopping)
    {
        Context = context;
        Access = context.GetHttpContext().Features.Get<Caller>()?.Access ?? Access.Discover;
        _cancelled = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        Cancelled = _cancelled.Token;
    }

    public ServerCallContext Context { get; }

    public Access Access { get; }

    /// <summary>Cancelled when the deadline has passed, the client has gone or the server stops.</summary>
    public CancellationToken Cancelled { get; }

    public void Dispose() => _cancelled.Dispose();
}
