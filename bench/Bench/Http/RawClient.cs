using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cqrs.Bench.Http;

/// <summary>
/// One kept-alive HTTP/1.1 connection that costs next to nothing itself, so that what is measured is the server.
/// Requests are sent one after the other; an answer must carry Content-Length, or be a 204 or 304.
/// </summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[32 * 1024];
    private int _filled;

    /// <summary>
    /// Lets the threads of this process sleep at once when they have nothing to do, instead of looking again for a while:
    /// client and servers share the machine, and that would be taken from the servers. To be called before any thread of
    /// the pool runs; the servers, in processes of their own, run as the runtime runs them.
    /// </summary>
    public static void SleepWhenIdle() => AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);

    /// <summary>The <c>ETag</c> of the last answer; null where it had none.</summary>
    public string? ETag
    {
        get
        {
            var head = _buffer.AsSpan(0, _filled);
            var at = head.IndexOf("ETag: "u8) + 6;
            return at < 6 ? null : Encoding.ASCII.GetString(head.Slice(at, head[at..].IndexOf((byte)'\r')));
        }
    }

    public static async Task<RawClient> ConnectAsync(int port)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        return client;
    }

    /// <summary>The bytes of a request; made once, sent often.</summary>
    public static byte[] Request(string method, string path, string? token, string? body, string? ifNoneMatch = null)
    {
        var text = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        if (token is not null) text.Append("Authorization: Bearer ").Append(token).Append("\r\n");
        if (ifNoneMatch is not null) text.Append("If-None-Match: ").Append(ifNoneMatch).Append("\r\n");
        if (body is not null) text.Append("Content-Type: application/json\r\n");
        text.Append("Content-Length: ").Append(Encoding.UTF8.GetByteCount(body ?? "").ToString(CultureInfo.InvariantCulture)).Append("\r\n\r\n").Append(body);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <returns>Status and body.</returns>
    public async ValueTask<(int Status, ReadOnlyMemory<byte> Body)> SendAsync(byte[] request)
    {
        await _socket.SendAsync(request);
        _filled = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(_filled));
            if (read == 0) throw new IOException("The server closed the connection.");
            _filled += read;
            if (Whole(_buffer.AsSpan(0, _filled)) is var (status, start, length)) return (status, _buffer.AsMemory(start, length));
        }
    }

    public void Dispose() => _socket.Dispose();

    private static (int Status, int Start, int Length)? Whole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0) return null;
        var status = ((answer[9] - '0') * 100) + ((answer[10] - '0') * 10) + (answer[11] - '0');
        var head = answer[..(end + 2)];
        var at = head.IndexOf("Content-Length: "u8);
        var length = 0;
        if (at >= 0)
        {
            for (var i = at + 16; head[i] != '\r'; i++) length = (length * 10) + (head[i] - '0');
        }

        return answer.Length >= end + 4 + length ? (status, end + 4, length) : null;
    }
}
