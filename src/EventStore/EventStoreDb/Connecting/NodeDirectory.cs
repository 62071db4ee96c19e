using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Grpc.Core;
using static Cqrs.EventStore.EventStoreDb.Protocol.MemberInfo.Types.VNodeState;

namespace Cqrs.EventStore.EventStoreDb.Connecting;

/// <summary>
/// Finds the node that calls go to: the one host of the connection string, or a member that the cluster's gossip names.
/// All known nodes are asked at once, and the first answer that names a suitable member wins: a node that is down or
/// paused delays nothing.
/// </summary>
internal sealed class NodeDirectory(EsdbSettings settings)
{
    /// <summary>The members in the latest answer. They may be up when the hosts of the connection string are not.</summary>
    private IReadOnlyList<NodeAddress> _members = [];

    /// <exception cref="NodeLostException">No node answers, or none suits the preference.</exception>
    public async Task<NodeAddress> FindAsync(CancellationToken cancel)
    {
        if (!settings.Discover) return settings.Hosts[0];
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AskAllAsync(cancel);
            }
            catch (NodeLostException) when (attempt < settings.DiscoverAttempts)
            {
                await Task.Delay(settings.DiscoverInterval, cancel);
            }
        }
    }

    private async Task<NodeAddress> AskAllAsync(CancellationToken cancel)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var asked = settings.Hosts.Concat(_members).Distinct().Select(seed => AskAsync(seed, enough.Token)).ToList();
        try
        {
            Exception? last = null;
            await foreach (var answer in Task.WhenEach(asked).WithCancellation(cancel))
            {
                var (address, failure) = await answer;
                if (address is { } found) return found;
                last = failure;
            }

            throw new NodeLostException($"No node was found through {settings}: {last?.Message}", last);
        }
        finally
        {
            // The calls to the other nodes end now, and none outlives this method.
            await enough.CancelAsync();
            await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(NodeAddress? Found, Exception? Failure)> AskAsync(NodeAddress seed, CancellationToken cancel)
    {
        try
        {
            var members = await MembersAsync(seed, cancel);
            return Choose(members, settings.Preference) is { } address
                ? (address, null)
                : (null, new NodeLostException($"{seed} knows of no {settings.Preference} that is alive."));
        }
        catch (Exception e) when (e is NodeLostException or RpcException or GrpcFormatException)
        {
            return (null, e);
        }
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
            var cluster = await node.GossipAsync(settings.GossipTimeout, patience.Token);
            _members = [.. cluster.Members.Where(member => member is { IsAlive: true, HttpEndPoint: not null }).Select(AddressOf)];
            return cluster.Members;
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new NodeLostException($"{seed} did not answer within {settings.GossipTimeout.TotalSeconds} s.", e);
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
}
