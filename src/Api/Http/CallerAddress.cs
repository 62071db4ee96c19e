using System.Net;
using System.Net.Sockets;

namespace Cqrs.Api.Http;

/// <summary>The address that limits count a caller by.</summary>
internal static class CallerAddress
{
    // A provider gives each customer at least a /64, so single IPv6 addresses cost an attacker nothing.
    private const int CountedBytes = 8;

    // RFC 6052: an IPv4 client behind a translator; the last four bytes are its address.
    private static ReadOnlySpan<byte> Translated => [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Returns the IPv4 address, also where it is written as IPv6; the /64 network of an IPv6 address; "unknown" for none.</summary>
    public static string Of(HttpContext http) => Of(http.Connection.RemoteIpAddress);

    /// <summary>Returns the same for an address; two addresses with the same text are counted as one.</summary>
    public static string Of(IPAddress? address)
    {
        if (address is null) return "unknown";
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4().ToString();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        if (bytes.StartsWith(Translated)) return new IPAddress(bytes[Translated.Length..]).ToString();
        bytes[CountedBytes..].Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
