using System.Net;
using System.Net.Sockets;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Microsoft.AspNetCore.Http;
using static Cqrs.Contracts.Tests.Log.LogFixture;
using static Cqrs.EventStore.EventStoreDb.Protocol.MemberInfo.Types.VNodeState;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>Nodes that accept connections and never answer, like a process that is paused.</summary>
public sealed class FrozenNodeTests
{
    [Fact]
    public async Task A_frozen_seed_delays_no_answer_of_another_seed()
    {
        await using var good = await ClusterNodeAsync(port => port, _ => FakeNode.EndAsync(_));
        using var frozen = new FrozenNode();
        using var alsoFrozen = new FrozenNode();

        // Without limits of time: a client that waited for a frozen seed would never end.
        var log = new EsdbEventLog(ConnectionString.Parse(
            $"esdb://127.0.0.1:{frozen.Port},127.0.0.1:{alsoFrozen.Port},127.0.0.1:{good.Port}?tls=false&gossipTimeout=-1&keepAliveInterval=-1&defaultDeadline=-1"));
        await using (log) (await log.HeadAsync().AsTask().WaitAsync(Patience)).ShouldBe(LogPosition.Start);
    }

    [Fact]
    public async Task An_answer_that_names_no_leader_does_not_win_over_one_that_does()
    {
        await using var leader = await ClusterNodeAsync(port => port, _ => FakeNode.EndAsync(_));
        await using var lonely = await FakeNode.StartAsync(http => FakeNode.SendAsync(http, Members((Follower, 1))));
        for (var i = 0; i < 10; i++)
        {
            await using var log = new EsdbEventLog(ConnectionString.Parse(
                $"esdb://127.0.0.1:{lonely.Port},127.0.0.1:{leader.Port}?tls=false&maxDiscoverAttempts=1"));
            (await log.HeadAsync()).ShouldBe(LogPosition.Start);
        }
    }

    [Fact]
    public async Task When_the_leader_freezes_under_a_call_the_call_goes_to_the_new_leader_within_its_deadline()
    {
        var second = 0;
        await using var next = await ClusterNodeAsync(port => port, http => FakeNode.SendAsync(http, new ReadResp { LastStreamPosition = 2 }));
        await using var first = await FakeNode.StartWithBatchesAsync(http => FakeNode.SendAsync(http, new ReadResp { LastStreamPosition = 1 }));
        await using var proxy = new CuttingProxy(() => new($"http://127.0.0.1:{first.Port}"));

        // Elects the next leader once the first one is frozen and has been asked for once more.
        await using var seed = await FakeNode.StartAsync(http => FakeNode.SendAsync(http, Members((Leader, Volatile.Read(ref second) == 0 ? proxy.Port : next.Port))));

        // The times of pings and of the first answer are the defaults.
        await using var log = new EsdbEventLog(ConnectionString.Parse($"esdb+discover://127.0.0.1:{seed.Port}?tls=false"), new()
        {
            Report = incident =>
            {
                if (incident.Kind == EsdbIncidentKind.NodeLost) Volatile.Write(ref second, 1);
            },
        });
        (await log.ReadStreamAsync("s", 0, 1)).LastVersion.ShouldBe(1);

        proxy.Freeze();

        (await log.ReadStreamAsync("s", 0, 1)).LastVersion.ShouldBe(2);
    }

    [Fact]
    public async Task A_leader_that_is_frozen_when_it_is_found_is_left_for_the_next_one_within_the_deadline()
    {
        using var frozen = new FrozenNode();
        await using var next = await ClusterNodeAsync(port => port, http => FakeNode.SendAsync(http, new ReadResp { LastStreamPosition = 2 }));
        var asked = 0;
        await using var seed = await FakeNode.StartAsync(http =>
            FakeNode.SendAsync(http, Members((Leader, Interlocked.Increment(ref asked) == 1 ? frozen.Port : next.Port))));
        await using var log = new EsdbEventLog(ConnectionString.Parse($"esdb+discover://127.0.0.1:{seed.Port}?tls=false&defaultDeadline=4500"));

        (await log.ReadStreamAsync("s", 0, 1)).LastVersion.ShouldBe(2);
    }

    [Fact]
    public async Task Shorter_times_between_pings_than_HTTP_allows_are_the_shortest_allowed()
    {
        await using var node = await FakeNode.StartWithBatchesAsync(http => FakeNode.SendAsync(http, new ReadResp { LastStreamPosition = 7 }));
        await using var log = new EsdbEventLog(ConnectionString.Parse($"esdb://127.0.0.1:{node.Port}?tls=false&keepAliveInterval=1&keepAliveTimeout=1"));

        (await log.ReadStreamAsync("s", 0, 1)).LastVersion.ShouldBe(7);
    }

    private static async Task<FakeNode> ClusterNodeAsync(Func<int, int> leader, Func<HttpContext, Task> answer)
    {
        FakeNode? node = null;
        return node = await FakeNode.StartWithBatchesAsync(http => http.Request.Path == "/event_store.client.gossip.Gossip/Read"
            ? FakeNode.SendAsync(http, Members((Leader, leader(node!.Port))))
            : answer(http));
    }

    private static ClusterInfo Members(params (MemberInfo.Types.VNodeState State, int Port)[] members)
    {
        var cluster = new ClusterInfo();
        cluster.Members.AddRange(members.Select(member => new MemberInfo
        {
            State = member.State,
            IsAlive = true,
            HttpEndPoint = new() { Address = "127.0.0.1", Port = (uint)member.Port },
        }));
        return cluster;
    }

    /// <summary>Accepts connections, as the system does for a process that is paused, and never answers.</summary>
    private sealed class FrozenNode : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public FrozenNode() => _listener.Start();

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Dispose();
    }
}
