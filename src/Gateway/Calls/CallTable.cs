using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Appending;
using Cqrs.Gateway.Cluster;
using Cqrs.Gateway.Reading;
using Microsoft.Extensions.Logging;

namespace Cqrs.Gateway.Calls;

/// <param name="Features">What clients ask for by name before they use it.</param>
internal sealed record CallEntry(Access Needs, IReadOnlyList<string> Features, Func<GrpcCall, Task> Run);

/// <summary>Everything that can be called, by path.</summary>
internal static class CallTable
{
    private const string Streams = "/event_store.client.streams.Streams/";

    public static IReadOnlyDictionary<string, CallEntry> Of(IEventLog log, GatewayLimits limits, TimeProvider clock, ILogger logger)
    {
        var calls = new Dictionary<string, CallEntry>(StringComparer.Ordinal)
        {
            [Streams + "Read"] = new(Access.Read, ["position", "events"], new ReadCall(log).RunAsync),
            [Streams + "Append"] = new(Access.Append, [], new AppendCall(log).RunAsync),

            // Who may not append is told so append by append, as the clients expect it of this call.
            [Streams + "BatchAppend"] = new(Access.Read, ["deadline_duration"], call => new BatchAppendCall(log, call, limits, clock, logger).RunAsync()),
            [Streams + "Delete"] = new(Access.Append, [], _ => throw NoDeletion()),
            [Streams + "Tombstone"] = new(Access.Append, [], _ => throw NoDeletion()),
            ["/event_store.client.gossip.Gossip/Read"] = new(Access.Discover, [], new GossipCall(clock).RunAsync),
        };
        var features = new ServerFeaturesCall(calls);
        calls[ServerFeaturesCall.Path] = new(Access.Discover, [], features.RunAsync);
        return calls;
    }

    private static CallException NoDeletion() =>
        new(GrpcStatus.Unimplemented, "Streams of this log are not deleted; what is personal in them is erased with its key.");
}
