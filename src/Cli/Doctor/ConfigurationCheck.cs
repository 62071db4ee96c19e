using Cqrs.Api.Configuration;
using Cqrs.Cli.CommandLine;
using Cqrs.Gateway;
using Cqrs.Gateway.Listening;
using Microsoft.Extensions.Configuration;

namespace Cqrs.Cli.Doctor;

/// <summary>Each setting that is not left at its default, with its source; secrets only by their name.</summary>
internal static class ConfigurationCheck
{
    // A value of these may hold a secret.
    private static readonly string[] Kept = ["Secrets", "Gateway", "EventStore", "Tables", "Blobs", "Bus", "Sms", "Push", "Kestrel"];

    /// <summary>What can be shown all the same.</summary>
    private static readonly string[] Shown = ["Blobs:Days", "Blobs:MaxMegabytes", "Gateway:Urls", "Gateway:Certificate:Path"];

    /// <returns>The settings; null where they are wrong.</returns>
    public static async Task<(Settings? Settings, IReadOnlyList<Finding> Findings)> ExamineAsync(string? data, CancellationToken cancel)
    {
        try
        {
            var configuration = Stores.Configure(data, mayBeMissing: true);
            var (settings, findings) = Examine(configuration, data);
            if (settings is null || await ListeningAsync(settings, cancel) is not { Count: > 0 } faults) return (settings, findings);
            return (settings, [.. findings.Where(finding => finding is not { Check: "configuration", Verdict: Verdict.Ok }), .. faults]);
        }
        catch (ConfigurationException e)
        {
            return (null, [.. e.Faults.Select(fault => Finding.Fault("configuration", fault, "Correct it; the server does not start as it is."))]);
        }
    }

    private static (Settings? Settings, IReadOnlyList<Finding> Findings) Examine(IConfigurationRoot configuration, string? data)
    {
        var findings = new List<Finding>();
        foreach (var (name, value) in configuration.AsEnumerable().Where(pair => pair.Value is not null && !IsForeign(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var source = SettingsSources.Of(configuration, name);
            if (!SettingNames.IsKnown(name))
            {
                var nearest = SettingNames.Nearest(name);
                findings.Add(Finding.Look(
                    $"setting {name}", $"there is no such setting ({source})",
                    nearest is null ? "Correct its name, or remove it; the README lists all settings." : $"Did you mean {nearest}? Correct its name, or remove it."));
            }
            else
            {
                findings.Add(Finding.Ok($"setting {name}", IsOf(name, Kept) && !IsOf(name, Shown) ? $"set ({source})" : $"{value} ({source})"));
            }
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

    /// <summary>Names that the server cannot listen on are faults of the configuration, too.</summary>
    private static async Task<IReadOnlyList<Finding>> ListeningAsync(Settings settings, CancellationToken cancel)
    {
        try
        {
            await ListenAddresses.ResolveAsync(SettingsReader.UrlsSetting, settings.Urls, SettingsReader.DefaultUrls, cancel);
            await ListenAddresses.ResolveAsync(GatewaySettingsReader.UrlsSetting, settings.Gateway.Urls, GatewaySettingsReader.ExampleUrl, cancel);
            return [];
        }
        catch (ListenException e)
        {
            return [.. e.Faults.Select(fault => Finding.Fault("configuration", fault, "Correct it; the server does not start as it is."))];
        }
    }

    // ASP.NET Core's own, which the doctor does not examine; CQRS_TEST_… and CQRS_PEERS steer the tests of this product.
    private static bool IsForeign(string name) =>
        IsOf(name, ["Logging", "PEERS"]) || name.StartsWith("TEST_", StringComparison.OrdinalIgnoreCase);

    private static bool IsOf(string name, string[] names) =>
        names.Any(known => name.Equals(known, StringComparison.OrdinalIgnoreCase) || name.StartsWith(known + ":", StringComparison.OrdinalIgnoreCase));
}
