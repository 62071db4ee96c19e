using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using static Cqrs.EventStore.EventStoreDb.Protocol.MemberInfo.Types.VNodeState;

namespace Cqrs.EventStore.EventStoreDb.Connecting;

/// <summary>Finds the node to talk to: the one host that is named, or whom the cluster's gossip knows.</summary>
internal sealed class NodeDirectory(EsdbSettings settings)
{
    private const string Gossip = "event_store.client.gossip.Gossip/Read";

    /// <summary>Members that were seen last: seeds that may live when those of the string do not.</summary>
    private IReadOnlyList<NodeAddress> _members = [];

    /// <exception cref="NodeLostException">Nobody answers, or nobody is what is wanted.</exception>
    public async Task<NodeAddress> FindAsync(CancellationToken cancel)
    {
        if (!settings.Discover) return settings.Hosts[0];
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AskAroundAsync(cancel);
            }
            catch (NodeLostException) when (attempt < settings.DiscoverAttempts)
            {
                await Task.Delay(settings.DiscoverInterval, cancel);
            }
        }
    }

    private async Task<NodeAddress> AskAroundAsync(CancellationToken cancel)
    {
        Exception? last = null;
        foreach (var seed in Shuffled(settings.Hosts).Concat(Shuffled(_members)).Distinct())
        {
            try
            {
                var members = await MembersAsync(seed, cancel);
                if (Choose(members, settings.Preference) is { } address) return address;
                last = new NodeLostException($"{seed} knows of no {settings.Preference} that is alive.");
            }
            catch (Exception e) when (e is NodeLostException or GrpcCallException or GrpcFormatException)
            {
                last = e;
            }
        }

        throw new NodeLostException($"No node was found through {settings}: {last?.Message}", last);
    }

    /// <summary>The member that suits the preference best; null when none does.</summary>
    public static NodeAddress? Choose(IEnumerable<MemberInfo> members, NodePreference preference)
    {
        var alive = members.Where(member => member is { IsAlive: true, HttpEndPoint: not null } && Ranks(preference).Contains(member.State)).ToList();
        foreach (var state in Ranks(preference))
        {
            var equals = alive.Where(member => preference == NodePreference.Random || member.State == state).ToList();
            if (equals.Count > 0) return AddressOf(equals[Random.Shared.Next(equals.Count)]);
        }

        return null;
    }

    private async Task<IReadOnlyList<MemberInfo>> MembersAsync(NodeAddress seed, CancellationToken cancel)
    {
        using var node = new GrpcNode(seed, settings);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(settings.GossipTimeout);
        try
        {
            var cluster = await node.AskAsync(Gossip, new Empty(), ClusterInfo.Parser, settings.GossipTimeout, patience.Token);
            _members = [.. cluster.Members.Where(member => member is { IsAlive: true, HttpEndPoint: not null }).Select(AddressOf)];
            return cluster.Members;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new NodeLostException($"{seed} did not answer within {settings.GossipTimeout.TotalSeconds} s.");
        }
    }

    private static MemberInfo.Types.VNodeState[] Ranks(NodePreference preference) => preference switch
    {
        NodePreference.Leader => [Leader],
        NodePreference.Follower => [Follower, Leader, ReadOnlyReplica],
        NodePreference.ReadOnlyReplica => [ReadOnlyReplica, ReadOnlyLeaderless, Follower, Leader],
        _ => [Leader, Follower, ReadOnlyReplica],
    };

    private static NodeAddress AddressOf(MemberInfo member) => new(member.HttpEndPoint.Address, (int)member.HttpEndPoint.Port);

    private static IEnumerable<NodeAddress> Shuffled(IReadOnlyList<NodeAddress> addresses) =>
        addresses.OrderBy(_ => Random.Shared.Next());
}
