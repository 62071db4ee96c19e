using System.Buffers.Binary;
using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Google.Protobuf;
using Grpc.Core;
using static Cqrs.Contracts.Tests.Gateway.Requests;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>Malformed calls end in a status within their deadline, and the gateway serves on.</summary>
public sealed class GatewayAbuseTests(Face face) : IClassFixture<Face>
{
    private const long ResetCancel = 8;

    private static readonly string[] s_paths =
        [GrpcClient.Read, GrpcClient.Append, GrpcClient.BatchAppend, GrpcClient.Features, GrpcClient.Gossip, GrpcClient.Delete, "/no/such"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task A_malformed_call_ends_in_a_status(int seed)
    {
        var dice = new Random(seed);
        await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Events(20));
        for (var i = 0; i < 60; i++)
        {
            var (path, body) = (s_paths[dice.Next(s_paths.Length)], Mangled(Sensible(dice), dice));
            using var content = dice.Next(20) == 0 ? new OpenBody(body) : (HttpContent)new ByteArrayContent(body);
            var status = await StatusAsync(path, content);
            status.ShouldNotBeNull($"call {i} of seed {seed}: {path} {Convert.ToHexString(body)}");
            status.ShouldNotBe(StatusCode.Unknown, $"call {i} of seed {seed}: {path} {Convert.ToHexString(body)}");
        }

        (await face.Client.CallAsync(GrpcClient.Read, ReadAll(1))).ShouldBe(StatusCode.OK);
        (await face.Client.CallAsync(GrpcClient.Append, AppendTo(LogFixture.NewStream()), Proposed())).ShouldBe(StatusCode.OK);
    }

    [Theory]
    [InlineData("0000000005", StatusCode.Internal)] // less than it says
    [InlineData("00FFFFFFFF", StatusCode.ResourceExhausted)] // more than is accepted
    [InlineData("0080000000", StatusCode.ResourceExhausted)]
    [InlineData("0100000000", StatusCode.Internal)] // compressed
    [InlineData("0000", StatusCode.Internal)] // no header
    [InlineData("", StatusCode.Internal)] // no message
    [InlineData("0000000002FFFF", StatusCode.Internal)] // no protobuf
    public async Task A_broken_frame_is_refused_with_a_reason(string hex, StatusCode status)
    {
        var answer = (await face.Client.SendAsync(GrpcClient.Read, new ByteArrayContent(Convert.FromHexString(hex)))).ShouldBe(status);
        answer.Message.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Unknown_fields_are_ignored()
    {
        var stream = LogFixture.NewStream();
        await face.Log.AppendAsync(stream, LogFixture.Event());

        // Field 1000, four bytes of anything.
        byte[] unknown = [0xc2, 0x3e, 4, 1, 2, 3, 4];
        var message = ReadStream(stream).ToByteArray().Concat(unknown).ToArray();
        var answer = await face.Client.SendAsync(GrpcClient.Read, new ByteArrayContent(Frames.Of(message)));
        (await answer.ShouldBe(StatusCode.OK).MessagesAsync(ReadResp.Parser)).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("^(a+)+$", true)]
    [InlineData("^(a|aa|aaa)*b$", true)]
    [InlineData(@"^(?=(a+)+$)b?", false)] // looks ahead, so it is matched by trying
    [InlineData(@"^(a+)+\1$", false)]
    [InlineData("((((a{1,300}){1,300}){1,300}){1,300})$", true)]
    public async Task An_expression_that_may_take_exponential_time_is_matched_or_refused(string expression, bool isMatched)
    {
        await face.Log.AppendAsync(new string('a', 200) + "!", LogFixture.Event());
        var answer = await face.Client.SendAsync(
            GrpcClient.Read,
            new ByteArrayContent(Frames.Of(ReadAll(change: options => options.Filter = Filter(filter => filter.StreamIdentifier = new() { Regex = expression })))),
            request => request.Headers.Add("grpc-timeout", "20S"));
        if (isMatched) answer.Status.ShouldBeOneOf(StatusCode.OK, StatusCode.ResourceExhausted);
        else answer.ShouldBe(StatusCode.ResourceExhausted).Message.ShouldContain("Simplify");
    }

    private async Task<StatusCode?> StatusAsync(string path, HttpContent content)
    {
        try
        {
            return (await face.Client.SendAsync(path, content, request => request.Headers.Add("grpc-timeout", "500m"))).Status;
        }
        catch (Exception e) when (content is OpenBody && (e is TaskCanceledException or HttpRequestException { InnerException: HttpProtocolException { ErrorCode: ResetCancel } }))
        {
            // After the status of a passed deadline the server resets the call. .NET then cancels a body that is still open and drops the status.
            return StatusCode.DeadlineExceeded;
        }
    }

    /// <summary>Returns the messages of a call as clients make it, some with extreme counts and names.</summary>
    private static List<byte[]> Sensible(Random dice)
    {
        ulong[] counts = [0, 1, 17, uint.MaxValue, long.MaxValue, ulong.MaxValue];
        var count = counts[dice.Next(counts.Length)];
        var stream = dice.Next(5) == 0 ? new string('s', dice.Next(3_000)) : $"fuzz-{dice.Next(10)}";
        IMessage[] messages = dice.Next(6) switch
        {
            0 => [ReadStream(stream, count, options => options.Stream.Revision = counts[dice.Next(counts.Length)])],
            1 => [ReadAll(count, options => options.Filter = Filter(filter => (filter.EventType, filter.Max) = (new() { Prefix = { "happened", stream } }, (uint)dice.Next())))],
            2 => [SubscribeAll(options => options.All = new() { Position = new() { CommitPosition = count, PreparePosition = count } })],
            3 => [AppendTo(stream), Proposed(bytes: dice.Next(3_000)), Proposed()],
            4 => [Batch(stream, dice.Next(5)), Batch(stream, 1, batch => batch.IsFinal = dice.Next(2) == 0)],
            _ => [new Empty()],
        };
        return [.. messages.Select(message => message.ToByteArray())];
    }

    private static byte[] Mangled(List<byte[]> messages, Random dice)
    {
        var frames = messages.Select(message => Frames.Of(message)).ToList();
        var one = dice.Next(frames.Count);
        var frame = frames[one];
        switch (dice.Next(9))
        {
            case 0:
                frame[0] = (byte)dice.Next(1, 256);
                break;
            case 1:
                BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), dice.Next(int.MinValue, int.MaxValue));
                break;
            case 2:
                frames[one] = frame[..dice.Next(frame.Length)];
                break;
            case 3:
                for (var i = dice.Next(1, 8); i > 0; i--) frame[dice.Next(frame.Length)] = (byte)dice.Next(256);
                break;
            case 4:
                frames.Insert(dice.Next(frames.Count), frames[dice.Next(frames.Count)]);
                break;
            case 5:
                frames.Reverse();
                break;
            case 6:
                var noise = new byte[dice.Next(5_000)];
                dice.NextBytes(noise);
                frames.Insert(one, dice.Next(2) == 0 ? noise : Frames.Of(noise));
                break;
            case 7:
                frames.RemoveAt(one);
                break;
            default:
                break;
        }

        return [.. frames.SelectMany(bytes => bytes)];
    }
}
