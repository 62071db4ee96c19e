using Cqrs.Gateway.Configuration;

namespace Cqrs.Api.Configuration;

/// <summary>Every setting of this version. The README's table describes them; a test keeps both in step.</summary>
public static class SettingNames
{
    private const string PemExample = "/etc/cqrs/gateway.pem";

    /// <summary>Settings with one value, each with a good value for messages.</summary>
    private static readonly Dictionary<string, string> Values = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Data"] = "/var/lib/cqrs",
        ["EventStore"] = "sqlite",
        ["Tables"] = "sqlite",
        ["Blobs"] = "disk",
        ["Bus"] = "memory",
        ["Sms"] = "outbox",
        ["Push"] = "outbox",
        ["Grid:Squares"] = "8",
        ["Tickets:Minutes"] = "60",
        ["Blobs:Days"] = "30",
        ["Blobs:MaxMegabytes"] = "100",
        ["Projections:RebuildStale"] = "true",
        ["Limits:Enabled"] = "true",
        ["Limits:PerNumber"] = "10",
        ["Limits:PerAddress"] = "30",
        ["Limits:PerUser"] = "100",
        ["Limits:Server"] = "10000",
        ["Gateway:Certificate:Path"] = PemExample,
        ["Gateway:Certificate:KeyPath"] = "/etc/cqrs/gateway.key",
        ["Gateway:Certificate:Password"] = "(password)",
        ["App:Name"] = "Squares",
        ["App:Link"] = "https://squares.example",
        ["App:StoreLinks:Ios"] = "https://apps.apple.com/app/id1234567890",
        ["App:StoreLinks:Android"] = "https://play.google.com/store/apps/details?id=app.squares",
        ["App:Scheme"] = "squares",
        ["App:Android:Package"] = "app.squares",
    };

    /// <summary>Settings that hold a list: a text with separators, or an array.</summary>
    private static readonly string[] Lists =
    [
        "Urls", "Roles", "Limits:Countries", "Proxies", "Secrets:Master", "Secrets:Tokens",
        "Gateway:Urls", "Gateway:Credentials", "Gateway:ReadOnlyCredentials", "App:Ios:AppIds", "App:Android:CertFingerprints",
    ];

    /// <summary>Settings of ASP.NET Core and its host, which this product passes on; and those that steer its tests.</summary>
    private static readonly string[] Foreign =
    [
        "Logging", "AllowedHosts", "Kestrel", "environment", "contentRoot", "applicationName", "webRoot", "hostBuilder", "detailedErrors",
        "captureStartupErrors", "startupAssembly", "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "preventHostingStartup",
        "preferHostingUrls", "suppressStatusMessages", "shutdownTimeoutSeconds", "http_ports", "https_ports", "https_port", "urls",
        "forwardedHeaders_enabled", "TEST", "PEERS",
    ];

    /// <summary>All names, in no particular order.</summary>
    public static IEnumerable<string> All => Values.Keys.Concat(Lists);

    /// <summary>Returns true for settings of this product, their list items, and those that ASP.NET Core reads.</summary>
    public static bool IsKnown(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Values.ContainsKey(name)
            || Lists.Any(list => IsOrIsBelow(name, list))
            || Foreign.Any(foreign => IsOrIsBelow(name, foreign) || name.StartsWith(foreign + "_", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Returns the known name that looks most like an unknown one; null where none looks like it.</summary>
    public static string? Nearest(string unknown)
    {
        ArgumentNullException.ThrowIfNull(unknown);

        // A name without its section is compared with the ends of names: Sqares, and Squares, are Grid:Squares.
        var (nearest, distance) = All
            .Select(name => (Name: name, Distance: Math.Min(EditDistance.Of(unknown, name), EditDistance.Of(unknown, name[(name.LastIndexOf(':') + 1)..]))))
            .MinBy(candidate => candidate.Distance);
        return distance <= Math.Max(2, unknown.Length / 4) ? nearest : null;
    }

    /// <summary>Returns a warning for each setting that no part of the server reads. Values are not repeated: they may be secrets.</summary>
    public static IReadOnlyList<string> Unknown(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return
        [
            .. configuration.AsEnumerable()
                .Where(pair => pair.Value is not null && !IsKnown(pair.Key))
                .Select(pair => pair.Key)
                .Order(StringComparer.Ordinal)
                .Select(name => $"The setting {name} ({SettingsSources.Of(configuration, name)}) does not exist and has no effect. "
                    + (Nearest(name) is { } nearest ? $"Did you mean {nearest}?" : "The README lists all settings.")),
        ];
    }

    /// <summary>Returns a fault for each setting that takes one value and is given an array.</summary>
    public static IEnumerable<string> ArraysForOneValue(IConfiguration configuration) =>
        Values.Where(setting => ConfiguredList.IsArray(configuration, setting.Key))
            .Select(setting => $"{setting.Key} is an array, but takes one value. For example {setting.Key}={setting.Value}.");

    private static bool IsOrIsBelow(string name, string section) =>
        name.Equals(section, StringComparison.OrdinalIgnoreCase) || name.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase);
}
