using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite.Integrity;

/// <summary>The errors of a log whose events are not as they were written.</summary>
internal static class DamagedLog
{
    public const string NoLink = "the newest event ends no commit, so events after it are missing";
    public const string Changed = "the event does not match its checksum";
    public const string Unreadable = "SQLite cannot read the event";
    public const string Missing = "the event is missing";
    public const string OtherStream = "the index of streams names this event for another stream";
    public const string NoLabel = "the name of its type or category is missing";

    /// <summary>Makes the error of a damaged event.</summary>
    /// <param name="stream">Name of its stream; null when it is not known.</param>
    /// <param name="what">What is wrong, as the part of a sentence.</param>
    public static EventLogException At(string path, long position, string? stream, string what, Exception? inner = null) =>
        new(EventLogErrors.Corrupt, $"Event log '{path}' is damaged at position {position}{Of(stream)}: {what}. {Next}", inner)
        {
            Position = new(position),
            Stream = stream,
            Detail = what,
        };

    /// <summary>What an operator does next.</summary>
    public const string Next = "Stop the servers and restore a backup (cqrs restore). cqrs log verify examines the whole log.";

    private static string Of(string? stream) => stream is null ? "" : $" (stream {stream})";
}
