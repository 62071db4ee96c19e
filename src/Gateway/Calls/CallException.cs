using Cqrs.EventStore.EventStoreDb.Wire;

namespace Cqrs.Gateway.Calls;

/// <summary>The call ends with this status.</summary>
/// <param name="trailers">What the protocol's clients read beside it: names in lower case, values in ASCII.</param>
internal sealed class CallException(GrpcStatus status, string message, params (string Name, string Value)[] trailers) : Exception(message)
{
    public GrpcStatus Status { get; } = status;

    public IReadOnlyList<(string Name, string Value)> Trailers { get; } = trailers;
}
