using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Cqrs.Gateway.Listening;

/// <summary>Binds a socket to an address for a moment, to say why a server cannot listen there.</summary>
internal static class ListenProbe
{
    /// <summary>Returns what is wrong, as the end of a sentence and what to do about it; null where nothing is.</summary>
    public static string? Fault(BindingAddress address)
    {
        if (address.IsNamedPipe) return null;
        if (address.IsUnixPipe) return FaultOfSocketFile(address.UnixPipePath);
        var host = ListenAddresses.HostOf(address);
        if (ListenAddresses.IsWildcard(host)) return FaultOf(new(IPAddress.Any, address.Port));
        return FaultOf(new(IPAddress.TryParse(host, out var ip) ? ip : IPAddress.Loopback, address.Port));
    }

    private static string? FaultOf(IPEndPoint end)
    {
        try
        {
            using var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(end);
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => "which another process listens on already. Stop that process, or use another port.",
                SocketError.AddressNotAvailable => "which is not an address of this machine.",
                SocketError.AccessDenied => "which this user may not listen on: ports below 1024 need a privilege.",
                SocketError.AddressFamilyNotSupported => "but this machine does not support addresses of this kind.",
                _ => $"which cannot be listened on ({e.SocketErrorCode}).",
            };
        }
    }

    private static string? FaultOfSocketFile(string path)
    {
        if (Directory.Exists(path)) return "which is a folder and no socket.";
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder)) return $"but there is no folder {folder}.";
        if (!File.Exists(path)) return null;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return "which another process listens on already. Stop that process, or use another path.";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return $"which an earlier process left behind; no process listens there. Delete the file (rm {path}).";
        }
        catch (SocketException e)
        {
            return $"which is there already and cannot be listened on ({e.SocketErrorCode}).";
        }
    }
}
