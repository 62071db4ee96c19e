using System.Text;

namespace Cqrs.EventStore.Log;

/// <summary>The append asks for something that no log takes, whatever its state; repeating it is of no use.</summary>
/// <param name="code">One of <see cref="EventLogErrors"/>.</param>
public sealed class InvalidAppendException(string code, string message) : ArgumentException(message)
{
    /// <summary>One of <see cref="EventLogErrors"/>.</summary>
    public string Code { get; } = code;
}

/// <summary>What one append may hold. The same for every engine, so that moving from one to another breaks nothing.</summary>
public static class AppendLimits
{
    /// <summary>Bytes of a stream name in UTF-8.</summary>
    public const int StreamNameBytes = 1_024;

    /// <summary>Bytes of an event type in UTF-8.</summary>
    public const int EventTypeBytes = 256;

    /// <summary>Events of one append.</summary>
    public const int Events = 1_000;

    /// <summary>Bytes of data and metadata of all events of one append: 4 MiB.</summary>
    public const int Bytes = 4 * 1_024 * 1_024;

    /// <exception cref="InvalidAppendException">The append goes beyond a limit.</exception>
    public static void Check(string stream, IReadOnlyList<EventToAppend> events)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(events);
        CheckText(stream, StreamNameBytes, EventLogErrors.BadStreamName, "A stream name");
        if (events.Count is 0 or > Events)
        {
            throw new InvalidAppendException(
                EventLogErrors.BadEventCount, $"An append to '{stream}' has {events.Count} events; 1 to {Events} are allowed.");
        }

        long bytes = 0;
        for (var i = 0; i < events.Count; i++)
        {
            CheckText(events[i].Type, EventTypeBytes, EventLogErrors.BadEventType, "An event type");
            bytes += events[i].Data.Length + events[i].Metadata.Length;
        }

        if (bytes > Bytes)
        {
            throw new InvalidAppendException(
                EventLogErrors.AppendTooLarge, $"An append to '{stream}' has {bytes} bytes; at most {Bytes} are allowed.");
        }
    }

    private static void CheckText(string text, int maxBytes, string code, string what)
    {
        if (text.Length == 0) throw new InvalidAppendException(code, $"{what} may not be empty.");

        // A character takes at most three bytes in UTF-8: short texts need no counting.
        if (text.Length * 3 > maxBytes && Encoding.UTF8.GetByteCount(text) > maxBytes)
            throw new InvalidAppendException(code, $"{what} may have at most {maxBytes} bytes: '{text[..32]}…'.");
        if (text.Contains('\0')) throw new InvalidAppendException(code, $"{what} may not contain the character U+0000.");
    }
}
