using System.Text;

namespace Cqrs.Notifications.Push;

/// <summary>What a phone may have passed on with a push: a small map of texts, which the server does not look into.</summary>
public static class PushData
{
    public const int MostEntries = 8;

    /// <summary>Of all names and values together, bytes of UTF-8.</summary>
    public const int MostBytes = 1024;

    public const int LongestName = 64;

    internal const string Kind = "kind";
    internal const string Sender = "sender";
    internal const string Connection = "connectionId";

    // The first three are written here, the others by push services.
    private static readonly HashSet<string> Reserved =
        new(StringComparer.OrdinalIgnoreCase) { Kind, Sender, Connection, "from", "to", "notification", "message_type", "collapse_key", "aps" };

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A sentence on what is wrong with it, which repeats nothing of it; null when it may be passed on.</summary>
    public static string? Fault(IReadOnlyDictionary<string, string?>? data)
    {
        if (data is null) return null;
        if (data.Count > MostEntries) return $"The data may have at most {MostEntries} entries.";
        var bytes = 0;
        foreach (var (name, value) in data)
        {
            if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
                return $"A name in the data must have 1 to {LongestName} letters, digits, hyphens and underscores.";
            if (Reserved.Contains(name) || name.StartsWith("google", StringComparison.OrdinalIgnoreCase) || name.StartsWith("gcm", StringComparison.OrdinalIgnoreCase))
                return "A name in the data is reserved: kind, sender, connectionId, from, to, notification, message_type, collapse_key, aps, google… and gcm… are.";
            if (value is null || !IsText(value)) return "A value in the data must be a text.";
            bytes += name.Length + Encoding.UTF8.GetByteCount(value);
        }

        return bytes > MostBytes ? $"The data may have at most {MostBytes} bytes in all, names included." : null;
    }

    // Half of a surrogate pair can be written in JSON, and is no text.
    private static bool IsText(string value)
    {
        try
        {
            Strict.GetByteCount(value);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
