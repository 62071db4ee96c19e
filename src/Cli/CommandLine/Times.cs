using System.Globalization;
using System.Text.RegularExpressions;

namespace Cqrs.Cli.CommandLine;

/// <summary>
/// Times as every option takes them: a day, <c>2026-11-23</c>, or a day and a time of day, <c>2026-11-23T10:00</c>, to
/// which seconds, fractions of them and a zone (<c>Z</c>, <c>+02:00</c>) may be added. Without a zone it is UTC. Other
/// forms are refused: <c>03.02.2025</c> means March to some readers and February to others.
/// </summary>
internal static partial class Times
{
    public const string Examples = "2026-11-23 or 2026-11-23T10:00Z";

    /// <summary>Reads the start of a range: a day means its first moment.</summary>
    public static bool TryParseStart(string text, out DateTimeOffset time)
    {
        time = default;
        return Form().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    /// <summary>Reads the end of a range, which belongs to it: a day means its last moment.</summary>
    public static bool TryParseEnd(string text, out DateTimeOffset time)
    {
        if (!TryParseStart(text, out time)) return false;

        // Not the next midnight less one tick: the last day of the calendar has no next one.
        if (text.Length == "yyyy-MM-dd".Length) time = new(DateOnly.FromDateTime(time.UtcDateTime), TimeOnly.MaxValue, TimeSpan.Zero);
        return true;
    }

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,7})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}
