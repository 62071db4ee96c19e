using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.Gateway.Calls;

namespace Cqrs.Gateway.Cluster;

/// <summary>What the server can do. Clients ask it first, and choose by the answer how they append.</summary>
internal sealed class ServerFeaturesCall(IReadOnlyDictionary<string, CallEntry> calls)
{
    public const string Path = "/event_store.client.server_features.ServerFeatures/GetSupportedMethods";

    /// <summary>The version of EventStoreDB whose behaviour this face has.</summary>
    private const string Version = "23.10.0";

    public async Task RunAsync(GrpcCall call)
    {
        await call.SingleAsync(Empty.Parser);
        var methods = new SupportedMethods { EventStoreServerVersion = Version };
        foreach (var (path, entry) in calls.Where(entry => !entry.Key.EndsWith("/Delete", StringComparison.Ordinal) && !entry.Key.EndsWith("/Tombstone", StringComparison.Ordinal)))
        {
            var parts = path.ToLowerInvariant().Split('/');
            methods.Methods.Add(new SupportedMethod { ServiceName = parts[1], MethodName = parts[2], Features = { entry.Features } });
        }

        await call.WriteAsync(methods);
    }
}
