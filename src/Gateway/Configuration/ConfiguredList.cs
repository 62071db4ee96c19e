using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Cqrs.Gateway.Configuration;

/// <summary>
/// Reads settings that hold a list. A list is written as one text with separators, as environment variables and options
/// are, or as an array (<c>"Roles": ["web", "queries"]</c> in JSON, <c>CQRS_Roles__0</c> in the environment). The last
/// source that names the setting gives the whole list: an option replaces an array of a file, items are not mixed.
/// </summary>
public static class ConfiguredList
{
    private const StringSplitOptions Trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    /// <summary>Returns the items, trimmed; null where no source names the setting. An item of an array may be empty.</summary>
    /// <param name="name">Full name: <c>Limits:Countries</c>.</param>
    /// <param name="separator">Between items of a text. An item of an array may contain it.</param>
    public static IReadOnlyList<string>? Find(IConfiguration configuration, string name, char separator)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var (text, items) = Newest(configuration, name);
        return items ?? text?.Split(separator, Trimmed);
    }

    /// <summary>As <see cref="Find"/>; empty where no source names the setting.</summary>
    public static IReadOnlyList<string> Read(IConfiguration configuration, string name, char separator) => Find(configuration, name, separator) ?? [];

    /// <summary>Returns true where the setting is given as an array.</summary>
    public static bool IsArray(IConfiguration configuration, string name)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Newest(configuration, name).Items is not null;
    }

    private static (string? Text, IReadOnlyList<string>? Items) Newest(IConfiguration configuration, string name)
    {
        if (configuration is not IConfigurationRoot root) throw new ArgumentException("The root of a configuration is needed: only it knows the order of sources.", nameof(configuration));
        foreach (var source in root.Providers.Reverse())
        {
            if (source.TryGet(name, out var text) && text is not null) return (text, null);
            if (Items(source, name) is { Count: > 0 } items) return (null, items);
        }

        return default;
    }

    private static List<string> Items(IConfigurationProvider source, string name) =>
        [.. source.GetChildKeys([], name)
            .Where(key => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Distinct(StringComparer.Ordinal)
            .OrderBy(key => int.Parse(key, CultureInfo.InvariantCulture))
            .Select(key => source.TryGet($"{name}:{key}", out var item) ? item?.Trim() ?? "" : "")];
}
