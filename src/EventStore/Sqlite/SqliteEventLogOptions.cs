using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>Settings of a <see cref="SqliteEventLog"/>. The defaults suit a server.</summary>
public sealed record SqliteEventLogOptions
{
    /// <summary>Bytes that the database file may grow to; 0: as large as the disk allows. Beyond it appends fail with <c>log-full</c>.</summary>
    public long SizeLimit { get; init; }

    /// <summary>How long an append waits while another process writes, before it fails with <c>log-busy</c>.</summary>
    public TimeSpan WriterPatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often subscribers who wait look for events that another process appended.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// The time of the events of an append, given the first of them. Null: the time that this event carries
    /// (<see cref="Serialization.OwnTime"/>), or the clock's when it carries none. For a history that is brought in from
    /// elsewhere and keeps its times.
    /// </summary>
    public Func<EventToAppend, DateTimeOffset>? TakenAt { get; init; }

    /// <summary>Positions after which what is known of new events moves from memory into the index. Smaller only in tests.</summary>
    internal int PositionsInMemory { get; init; } = 32_768;

    /// <summary>Pages that the write-ahead log may grow to before they are copied into the database. Smaller only in tests.</summary>
    internal int CheckpointPages { get; init; } = 8_192;

    /// <summary>Newest events kept in memory for subscribers; a power of two. Smaller only in tests.</summary>
    internal int TailEvents { get; init; } = 8_192;

    /// <summary>Bytes that these events may take. Smaller only in tests.</summary>
    internal long TailBytes { get; init; } = 8 * 1_024 * 1_024;

    /// <summary>Ends of streams kept in memory, and as many of those asked for before. Smaller only in tests.</summary>
    internal int HeadsInMemory { get; init; } = 49_152;
}
