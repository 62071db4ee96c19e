using System.Net;
using System.Net.Sockets;
using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.Gateway;
using static Cqrs.Contracts.Tests.Gateway.Requests;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>Calls as such: what is offered, deadlines, statuses, and callers who stop in the middle.</summary>
public sealed class GatewayCallTests : IAsyncLifetime
{
    private readonly Face _face = new(log => log, new() { Patience = TimeSpan.FromMilliseconds(200) });

    public Task InitializeAsync() => _face.InitializeAsync();

    public Task DisposeAsync() => _face.DisposeAsync();

    [Fact]
    public async Task It_tells_what_it_can_do()
    {
        var answer = await _face.Client.CallAsync(GrpcClient.Features, new Empty());
        var features = (await answer.ShouldBe(GrpcStatus.Ok).MessagesAsync(SupportedMethods.Parser)).Single();
        features.EventStoreServerVersion.ShouldBe("23.10.0");
        features.Methods.Select(method => $"{method.ServiceName}/{method.MethodName}: {string.Join(", ", method.Features)}").Order().ShouldBe(
        [
            "event_store.client.gossip.gossip/read: ",
            "event_store.client.server_features.serverfeatures/getsupportedmethods: ",
            "event_store.client.streams.streams/append: ",
            "event_store.client.streams.streams/batchappend: deadline_duration",
            "event_store.client.streams.streams/read: position, events",
        ]);
    }

    [Fact]
    public void It_knows_the_log_and_nothing_that_could_open_what_is_sealed_there() =>
        typeof(GatewayServer).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).Where(name => name.StartsWith("Cqrs.", StringComparison.Ordinal))
            .ShouldBe(["Cqrs.EventStore"]);

    [Fact]
    public async Task It_leads_a_cluster_of_one_at_the_address_by_which_one_came()
    {
        var answer = await _face.Client.CallAsync(GrpcClient.Gossip, new Empty());
        var member = (await answer.ShouldBe(GrpcStatus.Ok).MessagesAsync(ClusterInfo.Parser)).Single().Members.ShouldHaveSingleItem();
        (member.State, member.IsAlive).ShouldBe((MemberInfo.Types.VNodeState.Leader, true));
        (member.HttpEndPoint.Address, member.HttpEndPoint.Port).ShouldBe(("127.0.0.1", (uint)_face.Address.Port));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health/live")]
    [InlineData("/event_store.client.streams.Streams/Nothing")]
    [InlineData("/event_store.client.persistent_subscriptions.PersistentSubscriptions/Read")]
    [InlineData(GrpcClient.Delete)]
    public async Task What_is_not_offered_is_unimplemented(string path)
    {
        var answer = (await _face.Client.CallAsync(path, new Empty())).ShouldBe(GrpcStatus.Unimplemented);
        (answer.Http, answer.Message.Length > 0).ShouldBe((HttpStatusCode.OK, true));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpcish")]
    public async Task Another_type_of_content_is_another_protocol(string type)
    {
        var body = new ByteArrayContent([]);
        body.Headers.TryAddWithoutValidation("content-type", type);
        (await _face.Client.SendAsync(GrpcClient.Read, body, request => request.Content!.Headers.ContentType = new(type))).Http
            .ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task Only_posts_are_calls() =>
        (await _face.Client.SendAsync(GrpcClient.Features, new ByteArrayContent([]), request => request.Method = HttpMethod.Put)).Http
            .ShouldBe(HttpStatusCode.MethodNotAllowed);

    [Fact]
    public async Task Compression_that_it_does_not_know_is_refused_by_name()
    {
        var answer = await _face.Client.SendAsync(
            GrpcClient.Features, new ByteArrayContent(GrpcClient.Frames(new Empty())), request => request.Headers.Add("grpc-encoding", "gzip"));
        answer.ShouldBe(GrpcStatus.Unimplemented).Header("grpc-accept-encoding").ShouldBe("identity");
        answer.Message.ShouldContain("gzip");
    }

    [Fact]
    public async Task A_deadline_ends_a_subscription()
    {
        var answer = await _face.Client.SendAsync(
            GrpcClient.Read, new ByteArrayContent(GrpcClient.Frames(SubscribeAll())), request => request.Headers.Add("grpc-timeout", "100m"));
        answer.ShouldBe(GrpcStatus.DeadlineExceeded);
        (await answer.MessagesAsync(ReadResp.Parser)).Select(message => message.ContentCase)
            .ShouldBe([ReadResp.ContentOneofCase.Confirmation, ReadResp.ContentOneofCase.CaughtUp]);
    }

    [Theory]
    [InlineData("99999999H")]
    [InlineData("99999999M")]
    [InlineData("soon")]
    [InlineData("-1S")]
    public async Task A_deadline_beyond_all_days_or_none_at_all_does_no_harm(string timeout) =>
        (await _face.Client.SendAsync(
            GrpcClient.Features, new ByteArrayContent(GrpcClient.Frames(new Empty())), request => request.Headers.TryAddWithoutValidation("grpc-timeout", timeout)))
            .ShouldBe(GrpcStatus.Ok);

    [Theory]
    [InlineData(GrpcClient.Read)]
    [InlineData(GrpcClient.Append)]
    [InlineData(GrpcClient.Features)]
    public async Task Who_owes_a_message_and_is_silent_is_not_waited_for(string path)
    {
        using var nothing = new OpenBody([]);
        (await _face.Client.SendAsync(path, nothing)).ShouldBe(GrpcStatus.DeadlineExceeded);
        using var half = new OpenBody(GrpcClient.Frames(ReadAll())[..7]);
        (await _face.Client.SendAsync(path, half)).ShouldBe(GrpcStatus.DeadlineExceeded);
    }

    [Fact]
    public async Task A_batch_call_may_be_silent()
    {
        using var body = new OpenBody([]);
        using var response = await _face.Client.OpenAsync(GrpcClient.BatchAppend, body).WaitAsync(LogFixture.Patience);
        using var listener = new Listener<BatchAppendResp>(response, BatchAppendResp.Parser);
        var next = listener.NextAsync();
        await WhoIsSilentIsNotWaitedFor();
        next.IsCompleted.ShouldBeFalse();
        body.End();
        await Should.ThrowAsync<InvalidOperationException>(next);

        async Task WhoIsSilentIsNotWaitedFor()
        {
            using var other = new OpenBody([]);
            await _face.Client.SendAsync(GrpcClient.Read, other);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public async Task Connections_that_are_half_open_or_nonsense_hold_nothing_up(string said)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _face.Address.Port);
        await socket.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(said));
        await It_tells_what_it_can_do();
    }
}
