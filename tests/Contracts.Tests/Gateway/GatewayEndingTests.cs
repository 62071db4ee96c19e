using System.Runtime.CompilerServices;
using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Grpc.Core;
using static Cqrs.Contracts.Tests.Gateway.Requests;
using Direction = Cqrs.EventStore.Log.ReadDirection;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>Calls that end because of the server, the deadline or the client: nothing of them stays open.</summary>
public sealed class GatewayEndingTests : IAsyncLifetime
{
    private readonly Face _face;
    private Subscriptions _log = null!;

    public GatewayEndingTests() => _face = new(log => _log = new(log), new() { KeepAlive = TimeSpan.FromSeconds(1) });

    public Task InitializeAsync() => _face.InitializeAsync();

    public Task DisposeAsync() => _face.DisposeAsync();

    [Fact]
    public async Task A_server_that_stops_ends_subscriptions_with_UNAVAILABLE()
    {
        var call = _face.Client.SendAsync(GrpcClient.Read, new ByteArrayContent(Frames.Of(SubscribeAll())));
        await _log.UntilAsync(open => open == 1);
        await _face.StopAsync();
        (await call).ShouldBe(StatusCode.Unavailable).Message.ShouldContain("stopping");
    }

    [Fact]
    public async Task A_server_that_stops_ends_batch_calls_with_UNAVAILABLE()
    {
        using var body = new OpenBody(Frames.Of(Batch("stream")));
        using var response = await _face.Client.OpenAsync(GrpcClient.BatchAppend, body).WaitAsync(LogFixture.Patience);
        using var listener = new Listener<BatchAppendResp>(response, BatchAppendResp.Parser);
        await listener.NextAsync();
        var next = listener.NextAsync();
        await _face.StopAsync();
        await Should.ThrowAsync<InvalidOperationException>(next);
        response.TrailingHeaders.GetValues("grpc-status").ShouldBe(["14"]);
    }

    [Fact]
    public async Task A_deadline_ends_the_call_of_a_client_that_does_not_read()
    {
        using var response = await OpenAsync(request => request.Headers.Add("grpc-timeout", "2S"));
        await AppendMoreThanFitsAsync();
        await _log.UntilAsync(open => open == 0);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_its_subscription()
    {
        using (await OpenAsync(_ => { })) await _log.UntilAsync(open => open == 1);
        await _log.UntilAsync(open => open == 0);
    }

    [Fact]
    public async Task A_server_stops_though_a_client_does_not_read()
    {
        using var response = await OpenAsync(_ => { });
        await AppendMoreThanFitsAsync();
        await _face.StopAsync().WaitAsync(LogFixture.Patience);
        await _log.UntilAsync(open => open == 0);
    }

    private async Task<HttpResponseMessage> OpenAsync(Action<HttpRequestMessage> change)
    {
        var response = await _face.Client.OpenAsync(GrpcClient.Read, new ByteArrayContent(Frames.Of(SubscribeAll())), change).WaitAsync(LogFixture.Patience);
        await _log.UntilAsync(open => open == 1);
        return response;
    }

    private async Task AppendMoreThanFitsAsync()
    {
        var data = new byte[1_000_000];
        for (var i = 0; i < 5; i++)
            await _face.Log.AppendAsync("heavy", [.. Enumerable.Range(0, 4).Select(_ => new EventToAppend(Guid.NewGuid(), "heavy", data, Array.Empty<byte>()))]);
    }

    /// <summary>A log that counts its open subscriptions.</summary>
    private sealed class Subscriptions(IEventLog log) : IEventLog
    {
        private int _open;

        public async Task UntilAsync(Predicate<int> condition)
        {
            using var patience = new CancellationTokenSource(LogFixture.Patience);
            while (!condition(Volatile.Read(ref _open))) await Task.Delay(10, patience.Token);
        }

        public async IAsyncEnumerable<LogPage> SubscribeAsync(LogPosition after, LogFilter? filter = null, int maxPageSize = 512, [EnumeratorCancellation] CancellationToken cancel = default)
        {
            Interlocked.Increment(ref _open);
            try
            {
                await foreach (var page in log.SubscribeAsync(after, filter, maxPageSize, cancel)) yield return page;
            }
            finally
            {
                Interlocked.Decrement(ref _open);
            }
        }

        public Task<Appended> AppendAsync(string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
            log.AppendAsync(stream, expected, events, cancel);

        public ValueTask<StreamSlice> ReadStreamAsync(string stream, long fromVersion, int maxCount, Direction direction = Direction.Forwards, CancellationToken cancel = default) =>
            log.ReadStreamAsync(stream, fromVersion, maxCount, direction, cancel);

        public ValueTask<LogPage> ReadAllAsync(LogPosition from, int maxCount, LogFilter? filter = null, Direction direction = Direction.Forwards, CancellationToken cancel = default) =>
            log.ReadAllAsync(from, maxCount, filter, direction, cancel);

        public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default) => log.HeadAsync(cancel);
    }
}
