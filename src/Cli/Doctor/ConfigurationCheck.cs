using Cqrs.Api.Configuration;
using Cqrs.Cli.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace Cqrs.Cli.Doctor;

/// <summary>Each setting that somebody made, and where; secrets only by their name.</summary>
internal static class ConfigurationCheck
{
    private static readonly string[] Shown =
    [
        "Urls", "Data", "Roles", "Grid:Squares", "Tickets:Minutes", "Blobs:Days", "Blobs:MaxMegabytes", "Limits", "Proxies", "App",
        "Gateway:Urls", "Gateway:Certificate:Path",
    ];

    // An address of these may hold a password.
    private static readonly string[] Kept = ["Secrets", "Gateway", "EventStore", "Tables", "Blobs", "Bus", "Sms", "Push", "Kestrel"];

    /// <returns>The settings; null where something is wrong with them.</returns>
    public static (Settings? Settings, IReadOnlyList<Finding> Findings) Examine(string? data)
    {
        var findings = new List<Finding>();
        var configuration = Stores.Configure(data, mayBeMissing: true);
        foreach (var (name, value) in configuration.AsEnumerable().Where(pair => pair.Value is not null && !IsOf(pair.Key, ["Logging"]) && !IsOfTests(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (IsOf(name, Shown)) findings.Add(Finding.Ok($"setting {name}", $"{value} ({SourceOf(configuration, name)})"));
            else if (IsOf(name, Kept)) findings.Add(Finding.Ok($"setting {name}", $"set ({SourceOf(configuration, name)})"));
            else findings.Add(Finding.Look($"setting {name}", $"there is no such setting ({SourceOf(configuration, name)})", "Correct its name, or take it away; the README lists all settings."));
        }

        if (data is not null && !Directory.Exists(data))
        {
            findings.Add(Finding.Fault("configuration", $"there is no folder {data}", "Name the data folder of a server with --data, or start a server on it once."));
            return (null, findings);
        }

        try
        {
            var settings = new SettingsReader(configuration, isProduction: false).Read();
            findings.Add(Finding.Ok("configuration", $"valid; roles {string.Join(", ", settings.Roles.Order()).ToLowerInvariant()}"));
            if (IsProduction()) findings.AddRange(InProduction(configuration));
            return (settings, findings);
        }
        catch (ConfigurationException e)
        {
            findings.AddRange(e.Faults.Select(fault => Finding.Fault("configuration", fault, "Correct it; the server does not start as it is.")));
            return (null, findings);
        }
    }

    private static bool IsProduction() =>
        string.Equals(Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT"), "Production", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Finding> InProduction(IConfiguration configuration)
    {
        try
        {
            new SettingsReader(configuration, isProduction: true).Read();
            return [];
        }
        catch (ConfigurationException e)
        {
            return e.Faults.Select(fault => Finding.Fault("configuration", fault, "Correct it; a server in Production does not start as it is."));
        }
    }

    // CQRS_TEST_… and CQRS_PEERS steer the tests of this product.
    private static bool IsOfTests(string name) => name.StartsWith("TEST_", StringComparison.OrdinalIgnoreCase) || name.Equals("PEERS", StringComparison.OrdinalIgnoreCase);

    private static bool IsOf(string name, string[] names) =>
        names.Any(known => name.Equals(known, StringComparison.OrdinalIgnoreCase) || name.StartsWith(known + ":", StringComparison.OrdinalIgnoreCase));

    private static string SourceOf(IConfigurationRoot configuration, string name) => configuration.Providers.Last(provider => provider.TryGet(name, out _)) switch
    {
        JsonConfigurationProvider file => Path.GetFileName(file.Source.Path!),
        EnvironmentVariablesConfigurationProvider => $"CQRS_{name.Replace(":", "__", StringComparison.Ordinal)}",
        _ => "--data",
    };
}
