using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Cqrs.Contracts.Tests.Log;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>
/// One HTTP/2 connection with one call, frame by frame (RFC 9113). HttpClient shows headers and trailers alike, whatever
/// frames they came in.
/// </summary>
internal sealed class RawHttp2 : IDisposable
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte EndStream = 1;
    private const byte Acknowledge = 1;
    private const byte EndHeaders = 4;
    private const int FrameHeaderLength = 9;

    private readonly TcpClient _socket = new();

    /// <summary>Makes the call and returns the frames of its answer, each as <c>HEADERS</c> or <c>DATA</c>, with <c>+END_STREAM</c>.</summary>
    public static async Task<(List<string> Frames, byte[] LastHeaders)> CallAsync(Uri address, string path, byte[] body)
    {
        using var connection = new RawHttp2();
        return await connection.RunAsync(address, path, body).WaitAsync(LogFixture.Patience);
    }

    /// <summary>True when a header block has this header as a literal. Kestrel sends literals, without Huffman coding.</summary>
    public static bool HasHeader(byte[] block, string name, string value) =>
        block.AsSpan().IndexOf([(byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)]) >= 0;

    public void Dispose() => _socket.Dispose();

    private async Task<(List<string> Frames, byte[] LastHeaders)> RunAsync(Uri address, string path, byte[] body)
    {
        await _socket.ConnectAsync(address.Host, address.Port);
        await _socket.GetStream().WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await SendAsync(Settings, flags: 0, stream: 0, []);
        await SendAsync(Headers, EndHeaders, stream: 1, Block(
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", address.Authority),
            ("content-type", "application/grpc"), ("te", "trailers")));
        await SendAsync(Data, EndStream, stream: 1, body);
        var (frames, headers) = (new List<string>(), Array.Empty<byte>());
        while (true)
        {
            var (type, flags, stream, payload) = await ReceiveAsync();
            if (type == Settings && (flags & Acknowledge) == 0) await SendAsync(Settings, Acknowledge, stream: 0, []);
            if (stream != 1 || type is not (Headers or Data)) continue;
            if (type == Headers) headers = payload;
            frames.Add((type == Headers ? "HEADERS" : "DATA") + ((flags & EndStream) != 0 ? "+END_STREAM" : ""));
            if ((flags & EndStream) != 0) return (frames, headers);
        }
    }

    private async Task SendAsync(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[FrameHeaderLength + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, FrameHeaderLength);
        await _socket.GetStream().WriteAsync(frame);
    }

    private async Task<(byte Type, byte Flags, int Stream, byte[] Payload)> ReceiveAsync()
    {
        var header = new byte[FrameHeaderLength];
        await _socket.GetStream().ReadExactlyAsync(header);
        var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(header) >>> 8];
        await _socket.GetStream().ReadExactlyAsync(payload);
        return (header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
    }

    // Literals without indexing (RFC 7541, section 6.2.2).
    private static byte[] Block(params (string Name, string Value)[] headers) =>
    [
        .. headers.SelectMany(header => (byte[])
            [0, (byte)header.Name.Length, .. Encoding.ASCII.GetBytes(header.Name), (byte)header.Value.Length, .. Encoding.ASCII.GetBytes(header.Value)]),
    ];
}
