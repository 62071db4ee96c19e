using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using static Cqrs.Contracts.Tests.Gateway.Requests;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>
/// The frames of an answer. A real server answers a read that finds nothing with one HEADERS frame (Trailers-Only), and a
/// client that knows only trailers takes that for a lost connection.
/// </summary>
public sealed class GatewayAnswerShapeTests : IAsyncLifetime
{
    private const string Path = "/event_store.client.streams.Streams/Read";

    private static readonly string[] s_trailersOnly = ["HEADERS+END_STREAM"];
    private static readonly string[] s_withMessage = ["HEADERS", "DATA", "HEADERS+END_STREAM"];

    private readonly Face _face = new();

    public Task InitializeAsync() => _face.InitializeAsync();

    public Task DisposeAsync() => _face.DisposeAsync();

    [Fact]
    public async Task A_read_of_an_empty_log_is_answered_by_headers_alone() =>
        await ShapeAsync(ReadAll(), s_trailersOnly);

    [Fact]
    public async Task A_read_that_finds_nothing_is_answered_by_headers_alone()
    {
        await _face.Log.AppendAsync("there", LogFixture.Events(100));
        await ShapeAsync(ReadAll(change: options => options.Filter = Filter(filter => filter.StreamIdentifier = new() { Prefix = { "absent" } })), s_trailersOnly);
        await ShapeAsync(ReadAll(change: options => options.Filter = Filter(filter => filter.EventType = new() { Regex = "^absent$" })), s_trailersOnly);
        await ShapeAsync(ReadAll(change: options => options.All = new() { End = new() }), s_trailersOnly);
        await ShapeAsync(ReadStream("there", change: options => options.Stream.Revision = 100), s_trailersOnly);
    }

    [Fact]
    public async Task A_read_with_a_message_is_answered_by_headers_data_and_trailers()
    {
        await _face.Log.AppendAsync("there", LogFixture.Events(2));
        await ShapeAsync(ReadAll(), s_withMessage);
        await ShapeAsync(ReadStream("there"), s_withMessage);
        await ShapeAsync(ReadStream("absent"), s_withMessage);
        await ShapeAsync(
            ReadStream("there", change: options => (options.Stream.Revision, options.ControlOption) = (2, new() { Compatibility = 1 })), s_withMessage);
    }

    [Fact]
    public async Task A_refused_read_is_answered_by_headers_alone() => await ShapeAsync(new(), s_trailersOnly, status: "3");

    private async Task ShapeAsync(ReadReq request, string[] frames, string status = "0")
    {
        var answer = await RawHttp2.CallAsync(_face.Address, Path, Frames.Of(request));
        answer.Frames.ShouldBe(frames);
        RawHttp2.HasHeader(answer.LastHeaders, "grpc-status", status).ShouldBeTrue();
    }
}
