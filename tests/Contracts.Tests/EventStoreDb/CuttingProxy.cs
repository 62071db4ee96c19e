using System.Net;
using System.Net.Sockets;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>Relays between a client and a server, and resets connections in the middle of a message, or stops relaying.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Uri> _target;
    private readonly CancellationTokenSource _end = new();
    private readonly List<Socket> _sockets = [];
    private readonly Task _accepting;
    private long _cutAfter = long.MaxValue;
    private int _cuts;
    private bool _frozen;

    /// <param name="target">Where the server is now.</param>
    public CuttingProxy(Func<Uri> target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on nothing is relayed; connections stay open and new ones are accepted, as by a process that is paused.</summary>
    public void Freeze() => Volatile.Write(ref _frozen, true);

    /// <summary>Connections cut so far.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Cuts each connection when so many bytes have come back over it.</summary>
    public void CutAfter(long bytes) => Volatile.Write(ref _cutAfter, bytes);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        CloseAll();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_end.Token);
                _ = RelayAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        lock (_sockets) _sockets.AddRange([client, server]);
        try
        {
            var target = _target();
            await server.ConnectAsync(IPAddress.Loopback, target.Port, _end.Token);
            await Task.WhenAny(CopyAsync(client, server, long.MaxValue), CopyAsync(server, client, Volatile.Read(ref _cutAfter)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // A cut, from here or from there.
        }

        Reset(client);
        Reset(server);
    }

    private async Task CopyAsync(Socket from, Socket to, long cutAfter)
    {
        var buffer = new byte[16 * 1024];
        var left = cutAfter;
        while (left > 0)
        {
            var read = await from.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), _end.Token);
            if (read == 0) return;
            if (Volatile.Read(ref _frozen)) await Task.Delay(-1, _end.Token);
            await to.SendAsync(buffer.AsMemory(0, read), _end.Token);
            left -= read;
        }

        Interlocked.Increment(ref _cuts);
    }

    private void CloseAll()
    {
        lock (_sockets)
        {
            foreach (var socket in _sockets) Reset(socket);
            _sockets.Clear();
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }

        socket.Dispose();
    }
}
