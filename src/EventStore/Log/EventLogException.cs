namespace Cqrs.EventStore.Log;

/// <summary>The log failed for a reason that lies in its surroundings and not in the request.</summary>
/// <param name="code">One of <see cref="EventLogErrors"/>; stable, for alerts and for programs to branch on.</param>
public sealed class EventLogException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>One of <see cref="EventLogErrors"/>.</summary>
    public string Code { get; } = code;

    /// <summary>The event that is damaged, with <see cref="EventLogErrors.Corrupt"/>; null when no single event is.</summary>
    public LogPosition? Position { get; init; }

    /// <summary>The stream of that event; null when it is not known.</summary>
    public string? Stream { get; init; }

    /// <summary>What is wrong with that event, without the path of the file.</summary>
    public string? Detail { get; init; }

    /// <summary>
    /// Says what failed in a few words that may be shown to anyone: the kind of the error; for a damaged event also the code
    /// and what is wrong.
    /// </summary>
    public string Summary => Detail is null ? nameof(EventLogException) : $"damage of the log ({Code}: {Detail})";
}

/// <summary>Every <see cref="EventLogException.Code"/> and <see cref="InvalidAppendException.Code"/> there is.</summary>
public static class EventLogErrors
{
    /// <summary>No room for more events. Nothing of the failed appends was written; reading goes on.</summary>
    public const string Full = "log-full";

    /// <summary>The disk or file system failed. A failed append may or may not be found later: repeat it, its ids tell.</summary>
    public const string Io = "log-io";

    /// <summary>The process may not write where the log lies.</summary>
    public const string NotWritable = "log-not-writable";

    /// <summary>What lies there is not an event log.</summary>
    public const string NotALog = "log-not-a-log";

    /// <summary>The log was written by a newer version of this program.</summary>
    public const string Newer = "log-newer";

    /// <summary>
    /// The file, or an event in it, is not as it was written. Repeating does not help: stop the servers and restore a backup.
    /// </summary>
    public const string Corrupt = "log-corrupt";

    /// <summary>Another process held the log for too long. The append was not written; it may be repeated.</summary>
    public const string Busy = "log-busy";

    /// <summary>No server of the log can be reached. A failed append may or may not be found later: repeat it, its ids tell.</summary>
    public const string Unreachable = "log-unreachable";

    /// <summary>The server did not answer in time. A failed append may or may not be found later: repeat it, its ids tell.</summary>
    public const string Timeout = "log-timeout";

    /// <summary>The server does not let these credentials do this.</summary>
    public const string Denied = "log-denied";

    /// <summary>The stream was deleted for good; it takes no more events.</summary>
    public const string StreamDeleted = "log-stream-deleted";

    /// <summary>The server answered with what is no answer of the protocol.</summary>
    public const string Protocol = "log-protocol";

    /// <summary>The loaded SQLite library has a fault that can corrupt files; nothing was opened.</summary>
    public const string UnsafeEngine = "log-unsafe-engine";

    /// <summary>Anything else that the engine reported.</summary>
    public const string Failed = "log-failed";

    /// <summary>A stream name that is empty or too long.</summary>
    public const string BadStreamName = "bad-stream-name";

    /// <summary>An event type that is empty or too long.</summary>
    public const string BadEventType = "bad-event-type";

    /// <summary>An append without events, or with too many.</summary>
    public const string BadEventCount = "bad-event-count";

    /// <summary>An append of too many bytes.</summary>
    public const string AppendTooLarge = "append-too-large";
}
