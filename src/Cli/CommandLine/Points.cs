using System.CommandLine.Parsing;
using System.Globalization;

namespace Cqrs.Cli.CommandLine;

/// <summary>A point in a history as one types it: a number (a position, a version) or a time, in UTC where it names no zone.</summary>
internal static class Points
{
    /// <summary>An id as one pastes it.</summary>
    public static Guid? ParseId(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (Guid.TryParse(text, out var id)) return id;
        result.AddError($"'{text}' is no id. Ids look like 95979f74-c436-4f81-92f8-f76d1305e808; cqrs events replay --format jsonl shows those of events.");
        return null;
    }

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
