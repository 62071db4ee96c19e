using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.Gateway.Calls;

namespace Cqrs.Gateway.Cluster;

/// <summary>A cluster of one: this server, its leader, at the address by which the caller came.</summary>
internal sealed class GossipCall(TimeProvider clock)
{
    private const int DefaultPort = 2113;

    private readonly UUID _instance = Conversions.ToUuid(Guid.NewGuid());

    public async Task RunAsync(GrpcCall call)
    {
        await call.SingleAsync(Empty.Parser);
        var members = new ClusterInfo
        {
            Members =
            {
                new MemberInfo
                {
                    InstanceId = _instance,
                    TimeStamp = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks,
                    State = MemberInfo.Types.VNodeState.Leader,
                    IsAlive = true,
                    HttpEndPoint = new() { Address = call.Host.Host, Port = (uint)(call.Host.Port ?? DefaultPort) },
                },
            },
        };
        await call.WriteAsync(members);
    }
}
