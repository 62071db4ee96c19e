namespace Cqrs.EventStore.Sqlite;

/// <summary>Event ids in rows: 16 bytes, big-endian, so that <c>hex(id)</c> reads like the id.</summary>
internal static class EventId
{
    public static Guid Read(ReadOnlySpan<byte> bytes) => new(bytes, bigEndian: true);

    public static void Write(Guid id, Span<byte> bytes) => id.TryWriteBytes(bytes, bigEndian: true, out _);
}
