using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Cqrs.Contracts.Tests.Log.LogFixture;
using Status = Cqrs.EventStore.EventStoreDb.Protocol.Status;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>What a server says when it cannot or will not, in the words of the port.</summary>
public sealed class ServerErrorsTests
{
    public static TheoryData<string, StatusCode, string?, string> Refusals => new()
    {
        { "access", StatusCode.PermissionDenied, ServerErrors.AccessDenied, EventLogErrors.Denied },
        { "nobody", StatusCode.Unauthenticated, null, EventLogErrors.Denied },
        { "deleted", StatusCode.FailedPrecondition, ServerErrors.StreamDeleted, EventLogErrors.StreamDeleted },
        { "other", StatusCode.Internal, null, EventLogErrors.Failed },
        { "not ready", StatusCode.Unavailable, null, EventLogErrors.Unreachable },
        { "slow", StatusCode.Aborted, null, EventLogErrors.Timeout },
    };

    // A refusal that passes is repeated until the deadline, which must still leave time for a first call in a cold process.
    private static int DeadlineFor(string code) => code is EventLogErrors.Unreachable or EventLogErrors.Timeout ? 2_000 : 30_000;

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refused_read_is_told_by_code(string what, StatusCode status, string? exception, string code)
    {
        await using var node = await FakeNode.StartWithBatchesAsync(http => FakeNode.RefuseAsync(
            http, status, what + " ü", exception is null ? [] : [(ServerErrors.Trailer, exception)]));
        await using var log = node.Connect(DeadlineFor(code));

        var failure = await Should.ThrowAsync<EventLogException>(async () => await log.ReadStreamAsync("s", 0, 1));

        failure.Code.ShouldBe(code);
    }

    [Fact]
    public async Task What_passes_is_repeated_until_it_goes()
    {
        var asked = 0;
        await using var node = await FakeNode.StartWithBatchesAsync(http => ++asked < 4
            ? FakeNode.RefuseAsync(http, StatusCode.Unavailable, "Server Is Not Ready")
            : FakeNode.SendAsync(http, new ReadResp { LastStreamPosition = 3 }));
        await using var log = node.Connect(deadline: 30_000);

        (await log.ReadStreamAsync("s", 0, 1)).LastVersion.ShouldBe(3);

        asked.ShouldBe(4);
    }

    public static TheoryData<IMessage, string> BatchErrors => new()
    {
        { new AccessDenied(), EventLogErrors.Denied },
        { new StreamDeleted(), EventLogErrors.StreamDeleted },
        { new Cqrs.EventStore.EventStoreDb.Protocol.Timeout(), EventLogErrors.Timeout },
        { new Unknown(), EventLogErrors.Failed },
    };

    [Theory]
    [MemberData(nameof(BatchErrors))]
    public async Task A_refused_append_of_a_batch_is_told_by_code(IMessage detail, string code)
    {
        await using var node = await BatchesAnsweringAsync(() => new Status { Code = (int)StatusCode.Unknown, Message = "no", Details = Any.Pack(detail) });
        await using var log = node.Connect(DeadlineFor(code));

        (await Should.ThrowAsync<EventLogException>(log.AppendAsync("s", ExpectedVersion.Any, [Event()]))).Code.ShouldBe(code);
    }

    [Fact]
    public async Task An_append_that_is_too_large_for_the_server_is_the_callers_fault()
    {
        await using var node = await BatchesAnsweringAsync(() => new Status { Code = 3, Details = Any.Pack(new MaximumAppendSizeExceeded { MaxAppendSize = 1 }) });
        await using var log = node.Connect();

        (await Should.ThrowAsync<InvalidAppendException>(log.AppendAsync("s", ExpectedVersion.Any, [Event()]))).Code.ShouldBe(EventLogErrors.AppendTooLarge);
    }

    [Theory]
    [InlineData(5ul, 5)]
    [InlineData(ulong.MaxValue, -1)]
    [InlineData(null, -1)]
    public async Task A_conflict_tells_where_the_stream_is(ulong? current, long actual)
    {
        var conflict = new WrongExpectedVersion();
        if (current is { } revision) conflict.CurrentStreamRevision = revision;
        else conflict.CurrentNoStream = new();
        await using var node = await BatchesAnsweringAsync(() => new Status { Code = 6, Details = Any.Pack(conflict) });
        await using var log = node.Connect();

        var refusal = await Should.ThrowAsync<WrongExpectedVersionException>(log.AppendAsync("s", ExpectedVersion.Exactly(9), [Event()]));

        (refusal.Actual, refusal.Expected.Value).ShouldBe((actual, 9));
    }

    [Fact]
    public async Task A_follower_that_names_the_leader_is_left_for_it()
    {
        await using var leader = await FakeNode.StartWithBatchesAsync(http => FakeNode.SendAsync(http, new ReadResp { LastStreamPosition = 3 }));
        await using var follower = await FakeNode.StartWithBatchesAsync(http => FakeNode.RefuseAsync(
            http, StatusCode.NotFound, "Leader info available", (ServerErrors.Trailer, ServerErrors.NotLeader),
            (ServerErrors.LeaderHost, "127.0.0.1"), (ServerErrors.LeaderPort, leader.Port.ToString())));
        var incidents = new List<EsdbIncident>();
        await using var log = follower.Connect(report: incidents.Add);

        (await log.ReadStreamAsync("s", 0, 1)).LastVersion.ShouldBe(3);

        incidents.ShouldHaveSingleItem().Kind.ShouldBe(EsdbIncidentKind.Redirected);
    }

    [Fact]
    public async Task The_cluster_is_asked_who_leads_and_only_the_leader_is_talked_to()
    {
        await using var leader = await FakeNode.StartWithBatchesAsync(http => FakeNode.SendAsync(http, new ReadResp { LastStreamPosition = 3 }));
        await using var seed = await FakeNode.StartAsync(http => http.Request.Path == "/event_store.client.gossip.Gossip/Read"
            ? FakeNode.SendAsync(http, Cluster(
                (MemberInfo.Types.VNodeState.Follower, 1, true),
                (MemberInfo.Types.VNodeState.Leader, 2, false),
                (MemberInfo.Types.VNodeState.Leader, leader.Port, true)))
            : throw new InvalidOperationException("A seed is asked for nothing else."));
        await using var log = new EsdbEventLog(ConnectionString.Parse($"esdb+discover://127.0.0.1:{seed.Port}?tls=false"));

        (await log.ReadStreamAsync("s", 0, 1)).LastVersion.ShouldBe(3);
    }

    [Theory]
    [InlineData(NodePreference.Leader, 1)]
    [InlineData(NodePreference.Follower, 2)]
    [InlineData(NodePreference.ReadOnlyReplica, 3)]
    public void The_preference_chooses_among_those_alive(NodePreference preference, int port) =>
        NodeDirectory.Choose(Cluster(
            (MemberInfo.Types.VNodeState.Leader, 1, true),
            (MemberInfo.Types.VNodeState.Follower, 9, false),
            (MemberInfo.Types.VNodeState.Follower, 2, true),
            (MemberInfo.Types.VNodeState.ReadOnlyReplica, 3, true),
            (MemberInfo.Types.VNodeState.CatchingUp, 4, true)).Members, preference)!.Value.Port.ShouldBe(port);

    [Fact]
    public void Nobody_stands_in_for_the_leader() =>
        NodeDirectory.Choose(Cluster((MemberInfo.Types.VNodeState.Follower, 2, true)).Members, NodePreference.Leader).ShouldBeNull();

    private static ClusterInfo Cluster(params (MemberInfo.Types.VNodeState State, int Port, bool Alive)[] members)
    {
        var cluster = new ClusterInfo();
        cluster.Members.AddRange(members.Select(member => new MemberInfo
        {
            State = member.State,
            IsAlive = member.Alive,
            HttpEndPoint = new() { Address = "127.0.0.1", Port = (uint)member.Port },
        }));
        return cluster;
    }

    private static Task<FakeNode> BatchesAnsweringAsync(Func<Status> error) => FakeNode.StartWithBatchesAsync(http =>
        http.Request.Path.Value!.EndsWith("/Read", StringComparison.Ordinal)
            ? FakeNode.EndAsync(http)
            : FakeNode.AnswerBatchesAsync(http, request => new() { CorrelationId = request.CorrelationId, Error = error() }));
}
