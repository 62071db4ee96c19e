using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>A server that speaks badly: each answer ends in a clear error, none in silence.</summary>
public sealed class BrokenAnswersTests
{
    private static readonly byte[] Good = Frames.Of(new ReadResp { LastStreamPosition = 7 });

    public static TheoryData<string, byte[], string> Answers => new()
    {
        { "a compressed flag", [1, .. Good.AsSpan(1)], EventLogErrors.Protocol },
        { "a message longer than any", Frames.Header(uint.MaxValue), EventLogErrors.Protocol },
        { "a message longer than accepted", Frames.Header(GrpcNode.MaxMessage + 1), EventLogErrors.Protocol },
        { "half a header", [0, 0, 0], EventLogErrors.Protocol },
        { "half a message", [.. Frames.Header(100), 1, 2, 3], EventLogErrors.Protocol },
        { "no protobuf", [.. Frames.Header(4), 255, 255, 255, 255], EventLogErrors.Protocol },
        { "another message", Frames.Of(new AppendReq { Options = new() { StreamIdentifier = Conversions.ToIdentifier("s") } }), EventLogErrors.Protocol },
        { "an event that is empty", Frames.Of(new ReadResp { Event = new() }), EventLogErrors.Protocol },
        { "an event without a type", Frames.Of(new ReadResp { Event = new() { Event = new() { Id = Conversions.ToUuid(Guid.NewGuid()) } } }), EventLogErrors.Protocol },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_that_is_none_is_an_error_that_says_so(string what, byte[] answer, string code)
    {
        await using var node = await FakeNode.StartWithBatchesAsync(async http =>
        {
            await http.Response.Body.WriteAsync(answer);
            http.Response.AppendTrailer(FakeNode.Status, "0");
        });
        await using var log = node.Connect();

        var failure = await Should.ThrowAsync<EventLogException>(async () => await log.ReadStreamAsync("s", 0, 10), what);

        failure.Code.ShouldBe(code, what);
    }

    [Fact]
    public async Task Unknown_fields_are_what_a_newer_server_says_and_do_no_harm()
    {
        // Field 999, a string, before what is known.
        byte[] known = new ReadResp { LastStreamPosition = 7 }.ToByteArray();
        byte[] unknown = [0xBA, 0x3E, 3, (byte)'n', (byte)'e', (byte)'w'];
        await using var node = await FakeNode.StartWithBatchesAsync(async http =>
        {
            await http.Response.Body.WriteAsync((byte[])[.. Frames.Header((uint)(unknown.Length + known.Length)), .. unknown, .. known]);
            http.Response.AppendTrailer(FakeNode.Status, "0");
        });
        await using var log = node.Connect();

        (await log.ReadStreamAsync("s", 0, 10)).LastVersion.ShouldBe(7);
    }

    [Fact]
    public async Task Random_bytes_never_end_in_silence()
    {
        var random = new Random(20261125);
        byte[] next = [];
        await using var node = await FakeNode.StartWithBatchesAsync(async http =>
        {
            await http.Response.Body.WriteAsync(next);
            http.Response.AppendTrailer(FakeNode.Status, "0");
        });
        await using var log = node.Connect(deadline: 500);
        for (var i = 0; i < 300; i++)
        {
            next = Mutated(random);
            try
            {
                // A mutation may by chance be an answer.
                await log.ReadStreamAsync("s", 0, 10).AsTask().WaitAsync(Patience);
            }
            catch (EventLogException e)
            {
                e.Code.ShouldBeOneOf(EventLogErrors.Protocol, EventLogErrors.Timeout, EventLogErrors.Unreachable);
            }
        }
    }

    [Fact]
    public async Task An_answer_of_something_else_than_gRPC_is_told()
    {
        await using var node = await FakeNode.StartAsync(http =>
        {
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync("hello");
        });
        await using var log = node.Connect();

        var failure = await Should.ThrowAsync<EventLogException>(async () => await log.HeadAsync());

        failure.Code.ShouldBe(EventLogErrors.Protocol);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_at_the_deadline()
    {
        await using var node = await FakeNode.StartWithBatchesAsync(http => Task.Delay(-1, http.RequestAborted));
        await using var log = node.Connect(deadline: 300);

        (await Should.ThrowAsync<EventLogException>(async () => await log.ReadStreamAsync("s", 0, 1))).Code.ShouldBe(EventLogErrors.Timeout);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_with_its_address()
    {
        int port;
        await using (var node = await FakeNode.StartAsync(_ => Task.CompletedTask)) port = node.Port;
        await using var log = new EsdbEventLog(Cqrs.EventStore.EventStoreDb.Connecting.ConnectionString.Parse($"esdb://127.0.0.1:{port}?tls=false&defaultDeadline=300"));

        var failure = await Should.ThrowAsync<EventLogException>(async () => await log.HeadAsync());

        failure.Code.ShouldBe(EventLogErrors.Unreachable);
        failure.Message.ShouldContain($"127.0.0.1:{port}");
    }

    [Fact]
    public async Task A_batch_that_answers_nonsense_fails_the_appends_that_wait_for_it()
    {
        await using var node = await FakeNode.StartWithBatchesAsync(async http =>
        {
            if (http.Request.Path.Value!.EndsWith("/Read", StringComparison.Ordinal))
            {
                await FakeNode.EndAsync(http);
                return;
            }

            await http.Response.Body.WriteAsync((byte[])[.. Frames.Header(4), 255, 255, 255, 255]);
            await http.Response.Body.FlushAsync();
        });
        await using var log = node.Connect();

        var failure = await Should.ThrowAsync<EventLogException>(log.AppendAsync("s", ExpectedVersion.Any, [Event()]));

        failure.Code.ShouldBe(EventLogErrors.Protocol);
    }

    private static byte[] Mutated(Random random)
    {
        var bytes = Frames.Of(new ReadResp
        {
            Event = new()
            {
                Event = new()
                {
                    Id = Conversions.ToUuid(Guid.NewGuid()),
                    StreamIdentifier = Conversions.ToIdentifier("s"),
                    Metadata = { [Conversions.Type] = "t", [Conversions.Created] = "17000000000000000" },
                },
            },
        }).ToList();
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(3))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, random.Next(bytes.Count - at)); break;
                default: bytes.Insert(at, (byte)random.Next(256)); break;
            }

            if (bytes.Count == 0) break;
        }

        return [.. bytes];
    }
}
