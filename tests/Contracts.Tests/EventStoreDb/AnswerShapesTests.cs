using System.IO.Compression;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using static Cqrs.Contracts.Tests.Log.LogFixture;
using ReadDirection = Cqrs.EventStore.Log.ReadDirection;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>Each shape that a gRPC answer can have: the same content means the same, whichever frames carry it.</summary>
public sealed class AnswerShapesTests
{
    /// <summary>An answer without messages: the header alone, or a header, then trailers.</summary>
    public static TheoryData<string> EmptyShapes => ["trailers only", "header, then trailers"];

    [Theory]
    [MemberData(nameof(EmptyShapes))]
    public async Task A_read_that_finds_nothing_is_an_empty_page_in_every_shape(string shape)
    {
        await using var node = await FakeNode.StartWithBatchesAsync(http => NothingAsync(http, shape));
        await using var log = node.Connect();

        (await log.HeadAsync()).ShouldBe(LogPosition.Start);
        foreach (var direction in Enum.GetValues<ReadDirection>())
        {
            var page = await log.ReadAllAsync(direction == ReadDirection.Forwards ? LogPosition.Start : LogPosition.End, 10, direction: direction);
            page.Events.ShouldBeEmpty();
            page.IsEnd.ShouldBeTrue();
        }

        var filtered = await log.ReadAllAsync(LogPosition.Start, 10, new LogFilter { Categories = ["none"] });
        (filtered.Events.Count, filtered.IsEnd).ShouldBe((0, true));
        (await log.ReadStreamAsync("s", 0, 10)).LastVersion.ShouldBe(StreamVersion.None);
    }

    [Theory]
    [MemberData(nameof(EmptyShapes))]
    public async Task On_an_empty_server_the_first_append_works(string shape)
    {
        await using var node = await FakeNode.StartWithBatchesAsync(http => http.Request.Path.Value!.EndsWith("/Read", StringComparison.Ordinal)
            ? NothingAsync(http, shape)
            : FakeNode.AnswerBatchesAsync(http, request => new()
            {
                CorrelationId = request.CorrelationId,
                Success = new() { CurrentRevision = 0, Position = new() { CommitPosition = 5, PreparePosition = 5 } },
            }));
        await using var log = node.Connect();

        var appended = await log.AppendAsync("s", ExpectedVersion.NoStream, [Event()]);

        appended.ShouldBe(new(0, new(5), AlreadyThere: false));
    }

    [Theory]
    [MemberData(nameof(EmptyShapes))]
    public async Task A_subscription_that_ends_at_once_is_begun_again(string shape)
    {
        var subscriptions = 0;
        await using var node = await FakeNode.StartWithBatchesAsync(http => Interlocked.Increment(ref subscriptions) < 3
            ? NothingAsync(http, shape)
            : FakeNode.SendAsync(http, new ReadResp { Event = AnEvent(5) }));
        await using var log = node.Connect();

        var received = await log.SubscribeUntilAsync((_, events) => events.Count > 0);

        received.ShouldHaveSingleItem().Position.ShouldBe(new(5));
    }

    [Fact]
    public async Task An_idle_subscription_on_an_empty_server_reports_no_incident()
    {
        var incidents = new List<EsdbIncident>();
        await using var node = await FakeNode.StartWithBatchesAsync(async http =>
        {
            var request = await http.Request.BodyReader.ReadAsync(ReadReq.Parser, http.RequestAborted);
            if (request!.Options.CountOptionCase == ReadReq.Types.Options.CountOptionOneofCase.Count)
            {
                await FakeNode.EndAsync(http);
                return;
            }

            await http.Response.Body.WriteAsync(Frames.Of(new ReadResp { Confirmation = new() { SubscriptionId = "1" } }));
            await Task.Delay(-1, http.RequestAborted);
        });
        await using var log = node.Connect(silence: TimeSpan.FromMilliseconds(20), report: incidents.Add);
        var pages = 0;

        await log.SubscribeUntilAsync((page, _) => page.IsEnd && ++pages == 5);

        incidents.ShouldBeEmpty();
    }

    [Fact]
    public async Task Messages_after_a_status_in_the_header_are_read()
    {
        await using var node = await FakeNode.StartWithBatchesAsync(async http =>
        {
            http.Response.Headers[FakeNode.Status] = "0";
            await FakeNode.SendAsync(http, new ReadResp { LastStreamPosition = 7 });
        });
        await using var log = node.Connect();

        (await log.ReadStreamAsync("s", 0, 10)).LastVersion.ShouldBe(7);
    }

    [Fact]
    public async Task A_compressed_message_is_read_when_the_answer_names_its_encoding()
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(new ReadResp { LastStreamPosition = 7 }.ToByteArray());
        await using var node = await FakeNode.StartWithBatchesAsync(async http =>
        {
            http.Response.Headers["grpc-encoding"] = "gzip";
            await http.Response.Body.WriteAsync((byte[])[1, .. Frames.Header((uint)compressed.Length).AsSpan(1), .. compressed.ToArray()]);
            http.Response.AppendTrailer(FakeNode.Status, "0");
        });
        await using var log = node.Connect();

        (await log.ReadStreamAsync("s", 0, 10)).LastVersion.ShouldBe(7);
    }

    /// <summary>Where the error stands, and what came before it.</summary>
    public static TheoryData<string> ErrorShapes => ["trailers only", "header, then trailers", "a message, then trailers"];

    [Theory]
    [MemberData(nameof(ErrorShapes))]
    public async Task An_error_is_the_same_in_every_shape(string shape)
    {
        await using var node = await FakeNode.StartWithBatchesAsync(async http =>
        {
            if (shape == "trailers only")
            {
                await FakeNode.RefuseAsync(http, StatusCode.FailedPrecondition, "deleted", (ServerErrors.Trailer, ServerErrors.StreamDeleted));
                return;
            }

            await http.Response.StartAsync();
            if (shape != "header, then trailers") await http.Response.Body.WriteAsync(Frames.Of(new ReadResp { Event = AnEvent(5) }));
            http.Response.AppendTrailer(FakeNode.Status, "9");
            http.Response.AppendTrailer(ServerErrors.Trailer, ServerErrors.StreamDeleted);
        });
        await using var log = node.Connect();

        (await Should.ThrowAsync<EventLogException>(async () => await log.ReadStreamAsync("s", 0, 10))).Code.ShouldBe(EventLogErrors.StreamDeleted);
    }

    /// <summary>Answers that stop before their status.</summary>
    public static TheoryData<string> CutShapes => ["header alone", "a message, no trailers", "cut after a message", "cut inside a message", "cut before the header"];

    [Theory]
    [MemberData(nameof(CutShapes))]
    public async Task An_answer_without_a_status_is_a_lost_connection_and_no_short_answer(string shape)
    {
        await using var node = await FakeNode.StartWithBatchesAsync(async http =>
        {
            if (shape == "cut before the header")
            {
                http.Abort();
                return;
            }

            await http.Response.StartAsync();
            if (shape.Contains("message", StringComparison.Ordinal)) await http.Response.Body.WriteAsync(Frames.Of(new ReadResp { Event = AnEvent(5) }));
            if (shape == "cut inside a message") await http.Response.Body.WriteAsync((byte[])[.. Frames.Header(100), 1, 2, 3]);
            await http.Response.Body.FlushAsync();
            if (shape.StartsWith("cut", StringComparison.Ordinal)) http.Abort();
        });
        await using var log = node.Connect();

        (await Should.ThrowAsync<EventLogException>(async () => await log.ReadStreamAsync("s", 0, 10))).Code.ShouldBe(EventLogErrors.Unreachable);
    }

    [Fact]
    public async Task A_status_that_is_no_number_breaks_the_protocol()
    {
        await using var node = await FakeNode.StartWithBatchesAsync(http =>
        {
            http.Response.AppendTrailer(FakeNode.Status, "fine");
            return http.Response.Body.WriteAsync(Frames.Of(new ReadResp { Event = AnEvent(5) })).AsTask();
        });
        await using var log = node.Connect();

        (await Should.ThrowAsync<EventLogException>(async () => await log.ReadStreamAsync("s", 0, 10))).Code.ShouldBe(EventLogErrors.Protocol);
    }

    private static async Task NothingAsync(HttpContext http, string shape)
    {
        if (shape == "trailers only")
        {
            await FakeNode.EndAsync(http);
            return;
        }

        await http.Response.StartAsync();
        await http.Response.Body.FlushAsync();
        http.Response.AppendTrailer(FakeNode.Status, "0");
    }

    private static ReadResp.Types.ReadEvent AnEvent(ulong position) => new()
    {
        Event = new()
        {
            Id = Conversions.ToUuid(Guid.NewGuid()),
            StreamIdentifier = Conversions.ToIdentifier("thing-1"),
            CommitPosition = position,
            PreparePosition = position,
            Metadata = { [Conversions.Type] = "happened.v1", [Conversions.Created] = "17000000000000000" },
        },
    };
}
