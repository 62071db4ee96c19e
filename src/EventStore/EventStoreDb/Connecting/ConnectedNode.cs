using Cqrs.EventStore.EventStoreDb.Wire;

namespace Cqrs.EventStore.EventStoreDb.Connecting;

/// <summary>A server that has answered, and what it can do.</summary>
/// <param name="hasBatches">It takes many appends over one call.</param>
internal sealed class ConnectedNode(GrpcNode grpc, bool hasBatches)
{
    public GrpcNode Grpc { get; } = grpc;

    public bool HasBatches { get; } = hasBatches;
}
