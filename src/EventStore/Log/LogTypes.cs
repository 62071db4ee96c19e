namespace Cqrs.EventStore.Log;

/// <summary>A place in the order of all events. Grows; says nothing of how many events lie between two places.</summary>
public readonly record struct LogPosition(long Value) : IComparable<LogPosition>
{
    /// <summary>Before the first event.</summary>
    public static readonly LogPosition Start = new(0);

    /// <summary>After the last event; only for reading backwards.</summary>
    public static readonly LogPosition End = new(long.MaxValue);

    public int CompareTo(LogPosition other) => Value.CompareTo(other.Value);

    public static bool operator <(LogPosition left, LogPosition right) => left.Value < right.Value;
    public static bool operator >(LogPosition left, LogPosition right) => left.Value > right.Value;
    public static bool operator <=(LogPosition left, LogPosition right) => left.Value <= right.Value;
    public static bool operator >=(LogPosition left, LogPosition right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString();
}

/// <summary>Numbers of events in their stream: 0 is the first.</summary>
public static class StreamVersion
{
    /// <summary>What a stream without events is at.</summary>
    public const long None = -1;

    /// <summary>The newest event, for reading backwards.</summary>
    public const long End = long.MaxValue;
}

/// <summary>What the writer believes of the stream that it appends to. The values match EventStoreDB's.</summary>
public readonly record struct ExpectedVersion(long Value)
{
    /// <summary>Append wherever the stream is.</summary>
    public static readonly ExpectedVersion Any = new(-2);

    /// <summary>The stream has no events.</summary>
    public static readonly ExpectedVersion NoStream = new(-1);

    /// <summary>The stream has at least one event.</summary>
    public static readonly ExpectedVersion StreamExists = new(-4);

    /// <summary>The newest event has this version (−1: there is none).</summary>
    public static ExpectedVersion Exactly(long version) => new(version);

    public override string ToString() => Value switch
    {
        -2 => "any",
        -1 => "no-stream",
        -4 => "stream-exists",
        _ => Value.ToString(),
    };
}

public enum ReadDirection
{
    Forwards,
    Backwards,
}

/// <summary>An event on its way into the log. The id makes a repeated append recognisable.</summary>
public sealed record EventToAppend(Guid Id, string Type, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata, bool IsJson = true);

/// <summary>An event in the log.</summary>
/// <param name="Created">
/// When it happened, UTC: the time in its metadata (<see cref="Serialization.OwnTime"/>), which every copy keeps; where
/// there is none, the time at which the log took it.
/// </param>
public sealed record RecordedEvent(
    LogPosition Position, string Stream, long Version, Guid Id, string Type, DateTimeOffset Created,
    ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata, bool IsJson);

/// <summary>The answer to an append: where the stream and the log now are.</summary>
/// <param name="LastVersion">Version of the last event of this append.</param>
/// <param name="Position">Position of the last event of this append.</param>
/// <param name="AlreadyThere">The events were recognised by their ids; nothing was written.</param>
public readonly record struct Appended(long LastVersion, LogPosition Position, bool AlreadyThere);

/// <param name="LastVersion">Version of the stream's newest event when read, −1 when it has none.</param>
/// <param name="IsEnd">Nothing lies beyond this slice in the direction of reading.</param>
public sealed record StreamSlice(IReadOnlyList<RecordedEvent> Events, long LastVersion, bool IsEnd);

/// <param name="Position">Up to here the log has been seen; read on from it.</param>
/// <param name="IsEnd">Nothing lay beyond this page when it was read.</param>
public sealed record LogPage(IReadOnlyList<RecordedEvent> Events, LogPosition Position, bool IsEnd);

/// <summary>
/// Which events a reader wants: those whose stream category (the name up to the first hyphen) is one of
/// <see cref="Categories"/> and whose type is one of <see cref="Types"/> and whose stream begins with one of
/// <see cref="StreamPrefixes"/>; an empty list asks nothing.
/// </summary>
public sealed record LogFilter
{
    public IReadOnlyList<string> Categories { get; init; } = [];

    public IReadOnlyList<string> Types { get; init; } = [];

    public IReadOnlyList<string> StreamPrefixes { get; init; } = [];
}

/// <summary>The stream is not where the writer expected it; nothing was written.</summary>
public sealed class WrongExpectedVersionException(string stream, ExpectedVersion expected, long actual)
    : Exception($"Stream '{stream}' is at version {actual}, expected {expected}.")
{
    public string Stream { get; } = stream;

    public ExpectedVersion Expected { get; } = expected;

    /// <summary>Version of the newest event, −1 when there is none.</summary>
    public long Actual { get; } = actual;
}
