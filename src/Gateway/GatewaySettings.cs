using System.Security.Cryptography.X509Certificates;

namespace Cqrs.Gateway;

/// <summary>How the log is served over EventStoreDB's protocol; read by <see cref="GatewaySettingsReader"/>.</summary>
public sealed record GatewaySettings
{
    /// <summary>Addresses for Kestrel, each <c>http://</c> (HTTP/2 without TLS) or <c>https://</c>; none: the face is off.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];

    /// <summary>Who may call; none: everybody who reaches the addresses may read and append.</summary>
    public IReadOnlyList<GatewayCredential> Credentials { get; init; } = [];

    /// <summary>The server's certificate, with its key, for addresses that begin with <c>https://</c>.</summary>
    public X509Certificate2? Certificate { get; init; }

    public bool IsOn => Urls.Count > 0;

    public override string ToString() => "gateway settings";
}

/// <param name="User">A name without a colon.</param>
/// <param name="MayAppend">False: may only read.</param>
public sealed record GatewayCredential(string User, string Password, bool MayAppend)
{
    public override string ToString() => "a credential";
}
