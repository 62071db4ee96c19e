using System.Text;

namespace Cqrs.Notifications.Push;

/// <summary>The data that a phone sends along with a push: a small map of texts, passed on as it is.</summary>
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

    /// <summary>Returns what is wrong with the data; null when it may be passed on. The sentence repeats nothing of the data.</summary>
    public static DataFault? FaultOf(IReadOnlyDictionary<string, string?>? data)
    {
        if (data is null) return null;
        if (data.Count > MostEntries) return new(Entry: null, $"The data may have at most {MostEntries} entries.");
        var bytes = 0;
        foreach (var (name, value) in data)
        {
            if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
                return new(Entry: null, $"A name in the data must have 1 to {LongestName} letters, digits, hyphens and underscores.");
            if (Reserved.Contains(name) || name.StartsWith("google", StringComparison.OrdinalIgnoreCase) || name.StartsWith("gcm", StringComparison.OrdinalIgnoreCase))
                return new(name, "A name in the data is reserved: kind, sender, connectionId, from, to, notification, message_type, collapse_key, aps, google… and gcm… are.");
            if (value is null || !IsText(value)) return new(name, "A value in the data must be a text.");
            bytes += name.Length + Encoding.UTF8.GetByteCount(value);
        }

        return bytes > MostBytes ? new(Entry: null, $"The data may have at most {MostBytes} bytes in all, names included.") : null;
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

/// <summary>What is wrong with the data of a push.</summary>
/// <param name="Entry">The name of the entry at fault, which then has only letters, digits, hyphens and underscores; null when the whole is meant.</param>
/// <param name="Sentence">For developers; repeats nothing of the data.</param>
public sealed record DataFault(string? Entry, string Sentence);
