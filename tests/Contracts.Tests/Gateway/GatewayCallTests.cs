using System.Net;
using System.Net.Sockets;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.Gateway;
using Grpc.Core;
using static Cqrs.Contracts.Tests.Gateway.Requests;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>Calls in general: offered methods, deadlines, statuses, and clients that stop in the middle.</summary>
public sealed class GatewayCallTests : IAsyncLifetime
{
    private readonly Face _face = new(log => log, new() { Patience = TimeSpan.FromMilliseconds(200) });

    public Task InitializeAsync() => _face.InitializeAsync();

    public Task DisposeAsync() => _face.DisposeAsync();

    [Fact]
    public async Task The_offered_methods_and_features_are_listed()
    {
        var answer = await _face.Client.CallAsync(GrpcClient.Features, new Empty());
        var features = (await answer.ShouldBe(StatusCode.OK).MessagesAsync(SupportedMethods.Parser)).Single();
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
    public void The_gateway_references_the_log_and_no_keys() =>
        typeof(GatewayServer).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).Where(name => name.StartsWith("Cqrs.", StringComparison.Ordinal))
            .ShouldBe(["Cqrs.EventStore"]);

    [Fact]
    public async Task Gossip_names_one_leader_at_the_called_address()
    {
        var answer = await _face.Client.CallAsync(GrpcClient.Gossip, new Empty());
        var member = (await answer.ShouldBe(StatusCode.OK).MessagesAsync(ClusterInfo.Parser)).Single().Members.ShouldHaveSingleItem();
        (member.State, member.IsAlive).ShouldBe((MemberInfo.Types.VNodeState.Leader, true));
        (member.HttpEndPoint.Address, member.HttpEndPoint.Port).ShouldBe(("127.0.0.1", (uint)_face.Address.Port));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health/live")]
    [InlineData("/event_store.client.streams.Streams/Nothing")]
    [InlineData("/event_store.client.persistent_subscriptions.PersistentSubscriptions/Read")]
    [InlineData(GrpcClient.Delete)]
    public async Task A_method_that_is_not_offered_is_unimplemented(string path)
    {
        var answer = (await _face.Client.CallAsync(path, new Empty())).ShouldBe(StatusCode.Unimplemented);
        (answer.Http, answer.Message.Length > 0).ShouldBe((HttpStatusCode.OK, true));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpcish")]
    public async Task Another_content_type_is_refused_with_415(string type)
    {
        var body = new ByteArrayContent([]);
        body.Headers.TryAddWithoutValidation("content-type", type);
        (await _face.Client.SendAsync(GrpcClient.Read, body, request => request.Content!.Headers.ContentType = new(type))).Http
            .ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task Another_method_than_POST_is_refused_with_405() =>
        (await _face.Client.SendAsync(GrpcClient.Features, new ByteArrayContent([]), request => request.Method = HttpMethod.Put)).Http
            .ShouldBe(HttpStatusCode.MethodNotAllowed);

    [Fact]
    public async Task A_compressed_message_is_refused_and_the_supported_encodings_are_named()
    {
        var answer = await _face.Client.SendAsync(
            GrpcClient.Features, new ByteArrayContent(Frames.Of([31, 139, 8, 0], flag: 1)), request => request.Headers.Add("grpc-encoding", "gzip"));
        answer.ShouldBe(StatusCode.Unimplemented).Header("grpc-accept-encoding").ShouldBe("identity");
        answer.Message.ShouldContain("gzip");
    }

    [Fact]
    public async Task A_client_that_may_compress_and_does_not_is_answered() =>
        (await _face.Client.SendAsync(
            GrpcClient.Features, new ByteArrayContent(Frames.Of(new Empty())), request => request.Headers.Add("grpc-encoding", "gzip")))
            .ShouldBe(StatusCode.OK);

    [Fact]
    public async Task A_deadline_ends_a_subscription()
    {
        var answer = await _face.Client.SendAsync(
            GrpcClient.Read, new ByteArrayContent(Frames.Of(SubscribeAll())), request => request.Headers.Add("grpc-timeout", "100m"));
        answer.ShouldBe(StatusCode.DeadlineExceeded);
        (await answer.MessagesAsync(ReadResp.Parser)).Select(message => message.ContentCase)
            .ShouldBe([ReadResp.ContentOneofCase.Confirmation, ReadResp.ContentOneofCase.CaughtUp]);
    }

    [Theory]
    [InlineData("99999999H")]
    [InlineData("99999999M")]
    [InlineData("soon")]
    [InlineData("-1S")]
    public async Task A_deadline_in_the_far_future_or_a_malformed_one_is_ignored(string timeout) =>
        (await _face.Client.SendAsync(
            GrpcClient.Features, new ByteArrayContent(Frames.Of(new Empty())), request => request.Headers.TryAddWithoutValidation("grpc-timeout", timeout)))
            .ShouldBe(StatusCode.OK);

    [Theory]
    [InlineData(GrpcClient.Read)]
    [InlineData(GrpcClient.Append)]
    [InlineData(GrpcClient.Features)]
    public async Task A_call_whose_message_does_not_come_ends(string path)
    {
        using var nothing = new OpenBody([]);
        (await _face.Client.SendAsync(path, nothing)).ShouldBe(StatusCode.DeadlineExceeded);
        using var half = new OpenBody(Frames.Of(ReadAll())[..7]);
        (await _face.Client.SendAsync(path, half)).ShouldBe(StatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task A_batch_call_may_pause_between_appends_and_ends_without_one()
    {
        using var body = new OpenBody([]);
        var call = _face.Client.SendAsync(GrpcClient.BatchAppend, body);
        await OtherCallRunsOutOfPatience();
        call.IsCompleted.ShouldBeFalse();
        body.End();
        (await call).ShouldBe(StatusCode.OK).IsTrailersOnly.ShouldBeTrue();

        async Task OtherCallRunsOutOfPatience()
        {
            using var other = new OpenBody([]);
            (await _face.Client.SendAsync(GrpcClient.Read, other)).ShouldBe(StatusCode.DeadlineExceeded);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public async Task Connections_that_are_half_open_or_malformed_do_not_disturb_others(string said)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _face.Address.Port);
        await socket.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(said));
        await The_offered_methods_and_features_are_listed();
    }
}
