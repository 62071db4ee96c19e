using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Grpc.Core;
using static Cqrs.Contracts.Tests.Gateway.Requests;
using Content = Cqrs.EventStore.EventStoreDb.Protocol.ReadResp.ContentOneofCase;
using Direction = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types.ReadDirection;
using Options = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>Reads that the official client does not make, and parts of answers that it does not show.</summary>
public sealed class GatewayReadingTests(Face face) : IClassFixture<Face>
{
    [Theory]
    [InlineData(0, "E0 E1 E2")]
    [InlineData(1, "E0 E1 E2 last:2")]
    public async Task A_client_that_knows_the_messages_for_the_ends_gets_them(uint compatibility, string expected) =>
        (await ReadAsync(options => options.ControlOption = new() { Compatibility = compatibility })).ShouldBe(expected);

    [Theory]
    [InlineData(1UL, 1UL, "E1 last:2")]
    [InlineData(3UL, 9UL, "last:2")]
    [InlineData(4UL, 9UL, "first:3 last:2")]
    [InlineData(ulong.MaxValue, 9UL, "last:2")]
    [InlineData(0UL, 0UL, "last:2")]
    [InlineData(0UL, ulong.MaxValue, "E0 E1 E2 last:2")]
    public async Task Forwards_from_a_revision(ulong revision, ulong count, string expected) =>
        (await ReadAsync(Known(options => (options.Stream.Revision, options.Count) = (revision, count)))).ShouldBe(expected);

    [Theory]
    [InlineData(1UL, "E1 E0 last:2")]
    [InlineData(0UL, "E0 last:2")]
    [InlineData(100UL, "E2 E1 E0 last:2")]
    [InlineData(ulong.MaxValue, "E2 E1 E0 last:2")]
    public async Task Backwards_from_a_revision(ulong revision, string expected) =>
        (await ReadAsync(Known(options => (options.Stream.Revision, options.ReadDirection) = (revision, Direction.Backwards)))).ShouldBe(expected);

    [Fact]
    public async Task Backwards_from_the_start_there_is_the_first_event() =>
        (await ReadAsync(options => options.ReadDirection = Direction.Backwards)).ShouldBe("E0");

    [Fact]
    public async Task All_streams_have_nothing_before_the_start_and_nothing_after_the_end()
    {
        await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Event());
        (await ShowAsync(ReadAll(change: options => options.ReadDirection = Direction.Backwards))).ShouldBe("");
        (await ShowAsync(ReadAll(change: options => options.All = new() { End = new() }))).ShouldBe("");
        (await ShowAsync(ReadAll(change: options => options.All = At(ulong.MaxValue)))).ShouldBe("");
        (await ShowAsync(ReadAll(1, options => (options.All, options.ReadDirection) = (At(ulong.MaxValue), Direction.Backwards)))).ShouldStartWith("E");
    }

    [Fact]
    public async Task A_position_is_inclusive_forwards_and_exclusive_backwards()
    {
        var stream = LogFixture.NewStream();
        var last = (await face.Log.AppendAsync(stream, LogFixture.Events(3))).Position.Value;
        (await PositionsAsync(ReadAll(2, options => options.All = At((ulong)last - 1)))).ShouldBe([last - 1, last]);
        (await PositionsAsync(ReadAll(1, options => (options.All, options.ReadDirection) = (At((ulong)last - 1), Direction.Backwards)))).ShouldBe([last - 2]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_position_beyond_the_end_has_nothing_forwards_and_is_refused_backwards(bool filtered)
    {
        var end = (ulong)(await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Event())).Position.Value;
        ReadReq From(ulong position, Direction direction) => ReadAll(1, options =>
        {
            (options.All, options.ReadDirection) = (At(position), direction);
            if (filtered) options.Filter = Filter(filter => filter.EventType = new() { Prefix = { "" } });
        });
        (await ShowAsync(From(end + 1_000, Direction.Forwards))).ShouldBe("");
        (await face.Client.CallAsync(GrpcClient.Read, From(end + 1_000, Direction.Backwards)))
            .ShouldBe(StatusCode.InvalidArgument).Message.ShouldBe("Trying to read from an invalid position.");
        (await face.Client.CallAsync(GrpcClient.Read, From(end, Direction.Backwards))).ShouldBe(StatusCode.OK);
    }

    [Theory]
    [InlineData(0UL, 9UL, nameof(Direction.Forwards), "first:39 E39 last:39")]
    [InlineData(7UL, ulong.MaxValue, nameof(Direction.Forwards), "first:39 E39 last:39")]
    [InlineData(8UL, ulong.MaxValue, nameof(Direction.Forwards), "E39 last:39")]
    [InlineData(0UL, ulong.MaxValue, nameof(Direction.Forwards), "first:39 E39 last:39")]
    [InlineData(0UL, 1UL, nameof(Direction.Forwards), "first:39 E39 last:39")]
    [InlineData(20UL, ulong.MaxValue, nameof(Direction.Forwards), "E39 last:39")]
    [InlineData(39UL, ulong.MaxValue, nameof(Direction.Forwards), "E39 last:39")]
    [InlineData(41UL, ulong.MaxValue, nameof(Direction.Forwards), "first:40 last:39")]
    [InlineData(ulong.MaxValue, ulong.MaxValue, nameof(Direction.Backwards), "E39 last:39")]
    [InlineData(100UL, ulong.MaxValue, nameof(Direction.Backwards), "E39 last:39")]
    [InlineData(20UL, ulong.MaxValue, nameof(Direction.Backwards), "last:39")]
    public async Task A_stream_of_metadata_shows_its_last_version(ulong revision, ulong count, string direction, string expected)
    {
        var stream = "$$" + LogFixture.NewStream();
        await face.Log.AppendAsync(stream, LogFixture.Events(40));
        (await ShowAsync(ReadStream(stream, count, Known(options => (options.Stream.Revision, options.ReadDirection) = (revision, Enum.Parse<Direction>(direction)))))).ShouldBe(expected);
        (await ShowAsync(ReadAll(change: options => options.Filter = Filter(filter => filter.StreamIdentifier = new() { Prefix = { stream } })))).ShouldStartWith("E0 E1 ");
    }

    [Fact]
    public async Task All_events_are_not_found_as_a_stream()
    {
        await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Event());
        (await ShowAsync(ReadStream("$all"))).ShouldBe(nameof(Content.StreamNotFound));
    }

    [Fact]
    public async Task Ids_come_as_text_or_as_two_numbers()
    {
        var (stream, e) = (LogFixture.NewStream(), LogFixture.Event());
        await face.Log.AppendAsync(stream, e);
        var text = (await MessagesAsync(ReadStream(stream)))[0].Event.Event.Id;
        var numbers = (await MessagesAsync(ReadStream(stream, change: options => options.UuidOption = new() { Structured = new() })))[0].Event.Event.Id;
        text.String.ShouldBe(e.Id.ToString());
        numbers.ValueCase.ShouldBe(UUID.ValueOneofCase.Structured);
        Conversions.ToGuid(numbers).ShouldBe(e.Id);
    }

    [Fact]
    public async Task Every_malformed_read_is_an_invalid_argument()
    {
        Action<Options>[] changes =
        [
            options => options.UuidOption = null,
            options => options.ClearCountOption(),
            options => options.ClearFilterOption(),
            options => options.ClearStreamOption(),
            options => options.ReadDirection = (Direction)7,
            options => (options.Subscription, options.ReadDirection) = (new(), Direction.Backwards),
            options => (options.Stream, options.Filter) = (new() { StreamIdentifier = Conversions.ToIdentifier("any"), Start = new() }, Filter(filter => filter.EventType = new() { Prefix = { "a" } })),
            options => options.Stream = new() { Start = new() },
            options => options.Stream = new() { StreamIdentifier = new() { StreamName = Google.Protobuf.ByteString.CopyFrom(0xff, 0xfe) }, Start = new() },
            options => options.Stream = new() { StreamIdentifier = Conversions.ToIdentifier("nul\0"), Start = new() },
            options => options.Stream = new() { StreamIdentifier = Conversions.ToIdentifier("any") },
            options => options.Stream = new() { StreamIdentifier = Conversions.ToIdentifier("any"), Revision = 1UL << 63 },
            options => options.All = new(),
            options => options.All = At(1UL << 63),
            options => options.All = new() { Position = new() { CommitPosition = 1, PreparePosition = 2 } },
            options => options.Filter = new(),
            options => options.Filter = Filter(filter => filter.Max = 0),
            options => options.Filter = Filter(filter => filter.EventType = new() { Regex = "(" }),
            options => options.Filter = Filter(filter => filter.EventType = new() { Regex = new('a', 5_000) }),
            options => (options.Subscription, options.Filter) = (new(), Filter(filter => (filter.EventType, filter.CheckpointIntervalMultiplier) = (new(), 0))),
        ];
        foreach (var (i, change) in changes.Index())
        {
            var answer = await face.Client.CallAsync(GrpcClient.Read, ReadAll(change: change));
            answer.Status.ShouldBe(StatusCode.InvalidArgument, $"change {i}: {answer.Message}");
            answer.Message.ShouldNotBeEmpty();
        }

        (await face.Client.CallAsync(GrpcClient.Read, new ReadReq())).ShouldBe(StatusCode.InvalidArgument);
    }

    [Fact]
    public async Task A_filter_without_prefixes_lets_nothing_through_and_an_empty_prefix_everything()
    {
        await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Event());
        (await ShowAsync(ReadAll(change: options => options.Filter = Filter(filter => filter.StreamIdentifier = new())))).ShouldBe("");
        (await ShowAsync(ReadAll(1, options => options.Filter = Filter(filter => filter.EventType = new() { Prefix = { "" } })))).ShouldBe("E0");
    }

    [Fact]
    public async Task Many_prefixes_are_as_good_as_few()
    {
        var stream = LogFixture.NewStream("wanted");
        await face.Log.AppendAsync(stream, LogFixture.Events(2));
        var prefixes = Enumerable.Range(0, 500).Select(i => $"absent-{i}").Append(stream);
        (await ShowAsync(ReadAll(change: options => options.Filter = Filter(filter => filter.StreamIdentifier = new() { Prefix = { prefixes } })))).ShouldBe("E0 E1");
    }

    private static Options.Types.AllOptions At(ulong position) => new() { Position = new() { CommitPosition = position, PreparePosition = position } };

    private static Action<Options> Known(Action<Options> change) => options =>
    {
        options.ControlOption = new() { Compatibility = 1 };
        change(options);
    };

    private async Task<string> ReadAsync(Action<Options> change)
    {
        var stream = LogFixture.NewStream();
        await face.Log.AppendAsync(stream, LogFixture.Events(3));
        return await ShowAsync(ReadStream(stream, change: change));
    }

    private async Task<string> ShowAsync(ReadReq request) => string.Join(' ', (await MessagesAsync(request)).Select(Show));

    private async Task<IEnumerable<long>> PositionsAsync(ReadReq request) =>
        (await MessagesAsync(request)).Select(message => (long)message.Event.CommitPosition);

    private async Task<List<ReadResp>> MessagesAsync(ReadReq request) =>
        await (await face.Client.CallAsync(GrpcClient.Read, request)).ShouldBe(StatusCode.OK).MessagesAsync(ReadResp.Parser);

    private static string Show(ReadResp message) => message.ContentCase switch
    {
        Content.Event => $"E{message.Event.Event.StreamRevision}",
        Content.FirstStreamPosition => $"first:{message.FirstStreamPosition}",
        Content.LastStreamPosition => $"last:{message.LastStreamPosition}",
        var other => other.ToString(),
    };
}
