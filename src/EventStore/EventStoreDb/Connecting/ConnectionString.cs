using System.Globalization;

namespace Cqrs.EventStore.EventStoreDb.Connecting;

/// <summary>Reads connection strings. Error messages never contain the string, which may hold a password.</summary>
public static class ConnectionString
{
    private static readonly string[] Schemes = ["esdb", "kurrentdb", "kurrent"];

    /// <summary>Does the text begin as a connection string does?</summary>
    public static bool IsOne(string text) =>
        Schemes.Any(scheme => text.StartsWith(scheme + "://", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith(scheme + "+discover://", StringComparison.OrdinalIgnoreCase));

    /// <param name="text">For example <c>esdb://admin:changeit@localhost:2113?tls=false</c>.</param>
    /// <exception cref="FormatException">What is wrong, and how it should be.</exception>
    public static EsdbSettings Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!IsOne(text)) throw new FormatException("it does not begin with esdb:// or esdb+discover://.");
        var begin = text.IndexOf("://", StringComparison.Ordinal);
        var (discover, rest) = (text[..begin].EndsWith("+discover", StringComparison.OrdinalIgnoreCase), text[(begin + 3)..]);

        var question = rest.IndexOf('?');
        var options = Options(question < 0 ? "" : rest[(question + 1)..]);
        var authority = (question < 0 ? rest : rest[..question]).TrimEnd('/');
        if (authority.Contains('/')) throw new FormatException("it has a path after its hosts. For example esdb://localhost:2113?tls=false.");

        var at = authority.LastIndexOf('@');
        var hosts = Hosts(authority[(at + 1)..]);
        var settings = new EsdbSettings
        {
            Hosts = hosts,
            Discover = discover || hosts.Count > 1,
            Credentials = at < 0 ? null : Credentials(authority[..at]),
            Tls = options.Flag("tls", fallback: true),
            VerifyCertificate = options.Flag("tlsVerifyCert", fallback: true),
            CaFile = options.Text("tlsCaFile"),
            ClientCertificateFile = options.Text("userCertFile"),
            ClientKeyFile = options.Text("userKeyFile"),
            Preference = options.Preference("nodePreference"),
            Deadline = options.Milliseconds("defaultDeadline", 10_000),
            KeepAliveInterval = options.Milliseconds("keepAliveInterval", 1_000),
            KeepAliveTimeout = options.Milliseconds("keepAliveTimeout", 2_000),
            GossipTimeout = options.Milliseconds("gossipTimeout", 5_000),
            DiscoverAttempts = options.Number("maxDiscoverAttempts", 10),
            DiscoverInterval = options.Milliseconds("discoveryInterval", 100),
            ConnectionName = options.Text("connectionName") ?? "cqrs",
        };
        // Meant for how other clients report a conflict; ours is one exception in any case.
        options.Text("throwOnAppendFailure");
        if (settings.ClientCertificateFile is null != settings.ClientKeyFile is null)
            throw new FormatException("userCertFile and userKeyFile belong together, and one is missing.");
        return settings with { Ignored = options.Untaken };
    }

    private static List<NodeAddress> Hosts(string text)
    {
        var hosts = text.Split(',', StringSplitOptions.TrimEntries).Select(Host).ToList();
        return hosts;
    }

    private static NodeAddress Host(string text)
    {
        var colon = text.EndsWith(']') ? -1 : text.LastIndexOf(':');
        var host = (colon < 0 ? text : text[..colon]).Trim('[', ']');
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown) throw new FormatException("a host is missing, or is no name or address. For example esdb://localhost:2113.");
        if (colon < 0) return new(host, NodeAddress.DefaultPort);
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? new(host, port)
            : throw new FormatException($"the port of {host} is not one of 1 to 65535.");
    }

    private static EsdbCredentials Credentials(string text)
    {
        var colon = text.IndexOf(':');
        return colon > 0
            ? new(Uri.UnescapeDataString(text[..colon]), Uri.UnescapeDataString(text[(colon + 1)..]))
            : throw new FormatException("before the @ there must be user:password.");
    }

    private static OptionReader Options(string text)
    {
        var options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0) throw new FormatException("an option after the ? is not name=value.");
            var name = Uri.UnescapeDataString(pair[..equals]);
            if (!options.TryAdd(name, Uri.UnescapeDataString(pair[(equals + 1)..]))) throw new FormatException($"the option {name} is given twice.");
        }

        return new(options);
    }

    private sealed class OptionReader(Dictionary<string, string> options)
    {
        public IReadOnlyList<string> Untaken => [.. options.Keys.Order(StringComparer.Ordinal)];

        public string? Text(string name) => options.Remove(name, out var value) ? value : null;

        public bool Flag(string name, bool fallback) => Text(name) is not { } text
            ? fallback
            : bool.TryParse(text, out var flag) ? flag : throw new FormatException($"{name} must be true or false.");

        public int Number(string name, int fallback) => Text(name) is not { } text
            ? fallback
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : throw new FormatException($"{name} must be a whole number above 0.");

        /// <summary>−1 is "never", as with the official clients.</summary>
        public TimeSpan Milliseconds(string name, int fallback)
        {
            if (Text(name) is not { } text) return TimeSpan.FromMilliseconds(fallback);
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= -1
                ? number == -1 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(number)
                : throw new FormatException($"{name} must be milliseconds, or -1 for never.");
        }

        public NodePreference Preference(string name) => Text(name)?.ToUpperInvariant() switch
        {
            null or "LEADER" => NodePreference.Leader,
            "FOLLOWER" => NodePreference.Follower,
            "READONLYREPLICA" => NodePreference.ReadOnlyReplica,
            "RANDOM" => NodePreference.Random,
            _ => throw new FormatException($"{name} must be leader, follower, readOnlyReplica or random."),
        };
    }
}
