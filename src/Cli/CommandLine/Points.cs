using System.CommandLine.Parsing;
using System.Globalization;

namespace Cqrs.Cli.CommandLine;

/// <summary>A point in a history as one types it: a number (a position, a version) or a time, in UTC where it names no zone.</summary>
internal static class Points
{
    /// <param name="kind">What the number is called in the message: position, version.</param>
    public static (long? Number, DateTimeOffset? Time) Parse(ArgumentResult result, string kind, string example)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return (number, null);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            return (null, time);
        result.AddError($"'{text}' is neither a {kind} nor a time. For example {example}.");
        return default;
    }
}
