using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Cqrs.Gateway.Listening;

/// <summary>
/// Checks the addresses of a setting such as <c>Urls</c> before Kestrel gets them. Kestrel takes a host that it does not
/// know for a wildcard and listens on all addresses; here a name must resolve to addresses of this machine, and the
/// server listens on these alone.
/// </summary>
public static class ListenAddresses
{
    private static readonly TimeSpan LookupLimit = TimeSpan.FromSeconds(5);

    /// <summary>Returns what is wrong with the form of an address, as the end of a sentence; null where nothing is.</summary>
    public static string? Fault(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return "which is no address that begins with http:// or https://";
        }

        if (address.Scheme is not ("http" or "https")) return "which is no address that begins with http:// or https://";
        if (address.PathBase.Length > 0) return "which has a path: an address to listen on has none";
        if (address.IsUnixPipe || address.IsNamedPipe) return null;
        if (address.Port is < 0 or > IPEndPoint.MaxPort) return $"whose port is not one of 0 to {IPEndPoint.MaxPort}";
        var host = HostOf(address);
        if (address.Port == 0 && IsLocalhost(host)) return "but a free port (0) is found for an IP address only, such as 127.0.0.1";
        return IsWildcard(host) || IPAddress.TryParse(host, out _) || Uri.CheckHostName(host) == UriHostNameType.Dns
            ? null
            : $"whose host or port cannot be read (ports are 0 to {IPEndPoint.MaxPort})";
    }

    /// <summary>
    /// Returns the addresses with names replaced by the IP addresses of this machine that they resolve to; <c>localhost</c>,
    /// <c>*</c> and <c>+</c> stay as they are.
    /// </summary>
    /// <param name="setting">Named in the message, for example <c>Urls</c>.</param>
    /// <param name="example">A good value of the setting.</param>
    /// <exception cref="ListenException">A name does not resolve, or to addresses of other machines.</exception>
    public static async Task<IReadOnlyList<string>> ResolveAsync(
        string setting, IEnumerable<string> urls, string example, CancellationToken cancel = default)
    {
        var (resolved, faults) = (new List<string>(), new List<string>());
        foreach (var url in urls)
        {
            var address = BindingAddress.Parse(url);
            var host = HostOf(address);
            if (address.IsUnixPipe || address.IsNamedPipe || IsWildcard(host) || IsLocalhost(host) || IPAddress.TryParse(host, out _))
            {
                resolved.Add(url);
                continue;
            }

            var found = await LookUpAsync(host, cancel);
            var own = found.Where(ip => IPAddress.IsLoopback(ip) || OwnAddresses().Contains(ip)).ToList();
            if (own.Count == 0)
            {
                var what = found.Count == 0 ? "does not resolve" : $"resolves to {string.Join(", ", found)}, which is not an address of this machine";
                faults.Add($"{setting} names '{url}', whose host '{host}' {what}. Use *, localhost, an IP address or a name of this machine, for example {setting}={example}.");
            }

            resolved.AddRange(own.Select(ip => $"{address.Scheme}://{(ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{ip}]" : ip)}:{address.Port}"));
        }

        return faults.Count == 0 ? resolved : throw new ListenException(faults);
    }

    /// <summary>Tries each address, and lets go of it again: which of them cannot be listened on now, and why?</summary>
    /// <inheritdoc cref="ResolveAsync" path="/param"/>
    /// <exception cref="ListenException">One or more cannot be listened on.</exception>
    public static void Probe(string setting, IEnumerable<string> urls, string example)
    {
        var faults = new List<string>();
        foreach (var url in urls)
        {
            if (ListenProbe.Fault(BindingAddress.Parse(url)) is { } fault) faults.Add($"{setting} names '{url}', {fault} For example {setting}={example}.");
        }

        if (faults.Count > 0) throw new ListenException(faults);
    }

    internal static string HostOf(BindingAddress address) => address.Host.Trim('[', ']');

    internal static bool IsWildcard(string host) => host is "*" or "+";

    internal static bool IsLocalhost(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private static async Task<IReadOnlyList<IPAddress>> LookUpAsync(string host, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(LookupLimit);
        try
        {
            return await Dns.GetHostAddressesAsync(host, limit.Token);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return [];
        }
    }

    private static IEnumerable<IPAddress> OwnAddresses() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(address => address.Address);
}
