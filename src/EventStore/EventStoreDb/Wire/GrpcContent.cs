using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Google.Protobuf;

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>The one message of a call that sends one.</summary>
internal sealed class GrpcMessageContent : ByteArrayContent
{
    public GrpcMessageContent(IMessage message)
        : base(Frame(message)) => Headers.ContentType = new(GrpcHeaders.ContentType);

    private static byte[] Frame(IMessage message)
    {
        var output = new ArrayBufferWriter<byte>(GrpcFrames.HeaderLength + message.CalculateSize());
        GrpcFrames.Write(output, message);
        return output.WrittenSpan.ToArray();
    }
}

/// <summary>
/// The messages of a call that sends many: as they come through the channel, those that wait together in one write.
/// The call's sending side ends with the channel.
/// </summary>
internal sealed class GrpcChannelContent : HttpContent
{
    private const int LargeWrite = 256 * 1024;

    private readonly ChannelReader<IMessage> _messages;

    public GrpcChannelContent(ChannelReader<IMessage> messages)
    {
        _messages = messages;
        Headers.ContentType = new MediaTypeHeaderValue(GrpcHeaders.ContentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The head must reach the server before the first message: it is what begins the call.
        await stream.FlushAsync(cancellationToken);
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        while (await _messages.WaitToReadAsync(cancellationToken))
        {
            output.ResetWrittenCount();
            while (output.WrittenCount < LargeWrite && _messages.TryRead(out var message)) GrpcFrames.Write(output, message);
            await stream.WriteAsync(output.WrittenMemory, cancellationToken);
            await stream.FlushAsync(cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
