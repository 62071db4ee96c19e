using System.CommandLine.Parsing;
using System.Globalization;

namespace Cqrs.Cli.CommandLine;

/// <summary>
/// Parsers of what users type or paste: ids, names, and points in a history, which are a number (a position, a version)
/// or a time. White space around a value is dropped.
/// </summary>
internal static class Points
{
    /// <summary>Parses an id.</summary>
    public static Guid? ParseId(ArgumentResult result)
    {
        var text = TextOf(result);
        if (Guid.TryParse(text, out var id)) return id;
        result.AddError($"'{text}' is no id. Ids look like 95979f74-c436-4f81-92f8-f76d1305e808; cqrs events replay --format jsonl shows those of events.");
        return null;
    }

    /// <summary>Parses a name, of a stream or a projection for instance.</summary>
    public static string? ParseName(ArgumentResult result) => result.Tokens.Count == 0 ? null : TextOf(result);

    /// <summary>Parses the names of an option that may be repeated.</summary>
    public static string[] ParseNames(ArgumentResult result) => [.. result.Tokens.Select(token => token.Value.Trim())];

    /// <summary>Parses the first point of a range; a day means its first moment.</summary>
    /// <param name="kind">What the number is called in the message: position, version.</param>
    public static (long? Number, DateTimeOffset? Time) ParseStart(ArgumentResult result, string kind, string example) =>
        Parse(result, kind, example, Times.TryParseStart);

    /// <summary>Parses the last point of a range, which belongs to it; a day means its last moment.</summary>
    /// <param name="kind">What the number is called in the message: position, version.</param>
    public static (long? Number, DateTimeOffset? Time) ParseEnd(ArgumentResult result, string kind, string example) =>
        Parse(result, kind, example, Times.TryParseEnd);

    /// <summary>Reads the last point of a range, which belongs to it; a day means its last moment.</summary>
    public static bool TryParseEnd(string text, out (long? Number, DateTimeOffset? Time) point)
    {
        point = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (number, null)
            : Times.TryParseEnd(text, out var time) ? (null, time)
            : default;
        return point != default;
    }

    /// <summary>Parses the time at which a range begins; a day means its first moment.</summary>
    public static DateTimeOffset? ParseStartTime(ArgumentResult result) => ParseTime(result, Times.TryParseStart);

    /// <summary>Parses the time with which a range ends; a day means its last moment.</summary>
    public static DateTimeOffset? ParseEndTime(ArgumentResult result) => ParseTime(result, Times.TryParseEnd);

    private static (long? Number, DateTimeOffset? Time) Parse(ArgumentResult result, string kind, string example, TryParse tryParse)
    {
        var text = TextOf(result);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return (number, null);
        if (tryParse(text, out var time)) return (null, time);
        result.AddError($"'{text}' is neither a {kind} nor a time. For example {example}.");
        return default;
    }

    private static DateTimeOffset? ParseTime(ArgumentResult result, TryParse tryParse)
    {
        var text = TextOf(result);
        if (tryParse(text, out var time)) return time;
        result.AddError($"'{text}' is no time. For example {Times.Examples}.");
        return null;
    }

    private static string TextOf(ArgumentResult result) => result.Tokens.Count == 1 ? result.Tokens[0].Value.Trim() : "";

    private delegate bool TryParse(string text, out DateTimeOffset time);
}
