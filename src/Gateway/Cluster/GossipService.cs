using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.Gateway.Calls;
using Grpc.Core;

namespace Cqrs.Gateway.Cluster;

/// <summary>Answers with a cluster of one: this server as its leader, at the address that the client called.</summary>
internal sealed class GossipService(TimeProvider clock) : Gossip.GossipBase
{
    private const int DefaultPort = 2113;

    private readonly UUID _instance = Conversions.ToUuid(Guid.NewGuid());

    [RequiresAccess(Access.Discover)]
    public override Task<ClusterInfo> Read(Empty request, ServerCallContext context)
    {
        var host = context.GetHttpContext().Request.Host;
        return Task.FromResult(new ClusterInfo
        {
            Members =
            {
                new MemberInfo
                {
                    InstanceId = _instance,
                    TimeStamp = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks,
                    State = MemberInfo.Types.VNodeState.Leader,
                    IsAlive = true,
                    HttpEndPoint = new() { Address = host.Host, Port = (uint)(host.Port ?? DefaultPort) },
                },
            },
        });
    }
}
