namespace Cqrs.EventStore.EventStoreDb.Connecting;

/// <summary>
/// What a connection string says: <c>esdb://user:password@host:port,host:port?option=value</c>. Read as the official
/// clients read it: schemes <c>esdb</c>, <c>kurrentdb</c>, <c>kurrent</c>, each also with <c>+discover</c>; names of
/// options in any case. Source: "Connecting to EventStoreDB" of its documentation.
/// </summary>
public sealed record EsdbSettings
{
    public required IReadOnlyList<NodeAddress> Hosts { get; init; }

    /// <summary>Ask the hosts for the members of the cluster, and connect to the one that <see cref="Preference"/> asks for.</summary>
    public bool Discover { get; init; }

    /// <summary>Null: no credentials are sent.</summary>
    public EsdbCredentials? Credentials { get; init; }

    public bool Tls { get; init; } = true;

    /// <summary>False: any certificate will do. For trying out alone.</summary>
    public bool VerifyCertificate { get; init; } = true;

    /// <summary>PEM file of the authorities that are trusted instead of the machine's.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM files of the certificate that this client shows, and its key. Both or none.</summary>
    public string? ClientCertificateFile { get; init; }

    public string? ClientKeyFile { get; init; }

    public NodePreference Preference { get; init; } = NodePreference.Leader;

    /// <summary>How long an append or a read may take, its repetitions included.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// An HTTP/2 ping is sent after this time without traffic; infinite: never. At least one second. With the default and
    /// that of <see cref="KeepAliveTimeout"/>, a server that is paused counts as lost after about three seconds: the
    /// cluster elects another leader in the same time.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The connection is given up when a ping, or the first call to a node, is not answered within this time; at least one second.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan GossipTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public int DiscoverAttempts { get; init; } = 10;

    public TimeSpan DiscoverInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What the server shows in its list of connections.</summary>
    public string ConnectionName { get; init; } = "cqrs";

    /// <summary>Options of the string that this client does not know, and so leaves out.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    // The string may hold a password.
    public override string ToString() => string.Join(",", Hosts);
}

/// <summary>Sent as HTTP Basic.</summary>
public sealed record EsdbCredentials(string User, string Password)
{
    public override string ToString() => "credentials";
}
