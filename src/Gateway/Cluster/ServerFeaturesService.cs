using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.Gateway.Calls;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Cqrs.Gateway.Cluster;

/// <summary>Lists the offered methods and their features. Clients ask for the list first and choose by it how they append.</summary>
internal sealed class ServerFeaturesService : ServerFeatures.ServerFeaturesBase
{
    /// <summary>The version of EventStoreDB whose behaviour the gateway has.</summary>
    private const string Version = "23.10.0";

    private static readonly (ServiceDescriptor Service, string Method, string[] Features)[] s_offered =
    [
        (Streams.Descriptor, nameof(Streams.StreamsBase.Read), ["position", "events"]),
        (Streams.Descriptor, nameof(Streams.StreamsBase.Append), []),
        (Streams.Descriptor, nameof(Streams.StreamsBase.BatchAppend), ["deadline_duration"]),
        (Gossip.Descriptor, nameof(Gossip.GossipBase.Read), []),
        (ServerFeatures.Descriptor, nameof(GetSupportedMethods), []),
    ];

    [RequiresAccess(Access.Discover)]
    public override Task<SupportedMethods> GetSupportedMethods(Empty request, ServerCallContext context)
    {
        var methods = new SupportedMethods { EventStoreServerVersion = Version };
        foreach (var (service, method, features) in s_offered)
        {
            methods.Methods.Add(new SupportedMethod
            {
                ServiceName = service.FullName.ToLowerInvariant(),
                MethodName = method.ToLowerInvariant(),
                Features = { features },
            });
        }

        return Task.FromResult(methods);
    }
}
