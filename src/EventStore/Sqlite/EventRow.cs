using System.Text;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite.Integrity;

namespace Cqrs.EventStore.Sqlite;

/// <summary>Reads events from their rows, and checks each against its checksum.</summary>
internal sealed class EventRow(string path, LabelLookup labels)
{
    /// <summary>What to select; the table <c>events</c> is called e.</summary>
    public const string Columns =
        "e.position, e.stream, e.version, e.category, e.type, e.created, e.json, e.id, e.name, e.data, e.metadata, e.checksum";

    /// <summary>Returns the event of the row that the statement is at.</summary>
    /// <param name="name">Name of the stream that was asked for; null when any may come.</param>
    /// <exception cref="EventLogException">The row is not as it was written.</exception>
    public RecordedEvent Read(Statement row, string? name = null)
    {
        var (position, version, created) = (row.Int64(0), row.Int64(2), row.Int64(5));
        var isJson = row.Int64(6) != 0;
        var storedName = row.Bytes(8);
        var id = row.Bytes(7);
        var type = TypeOf(position, row.Int64(4));
        var (data, metadata) = Payload.Copy(row.Bytes(9), row.Bytes(10));
        var contents = EventChecksum.OfContents(storedName, id, type, isJson, data.Span, metadata.Span);
        var checksum = EventChecksum.OfEvent(contents, position, row.Int64(1), version, row.Int64(3), row.Int64(4), created);
        if (checksum != row.Int64(11) || id.Length != 16) throw DamagedLog.At(path, position, Encoding.UTF8.GetString(storedName), DamagedLog.Changed);
        if (name is null) name = Encoding.UTF8.GetString(storedName);
        else if (!IsCalled(name, storedName)) throw DamagedLog.At(path, position, name, DamagedLog.OtherStream);
        return new RecordedEvent(
            new LogPosition(position), name, version, EventId.Read(id), type, new DateTimeOffset(created, TimeSpan.Zero), data, metadata, isJson);
    }

    /// <summary>Returns the error for a row that SQLite could not read; other failures as they are.</summary>
    /// <param name="position">Where the row is expected.</param>
    public EventLogException Unreadable(EventLogException failure, long position, string? name = null) =>
        failure is { Code: EventLogErrors.Corrupt, Position: null } ? DamagedLog.At(path, position, name, DamagedLog.Unreadable, failure) : failure;

    private string TypeOf(long position, long type)
    {
        try
        {
            return labels.Text(type);
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.Corrupt)
        {
            throw DamagedLog.At(path, position, stream: null, DamagedLog.NoLabel, e);
        }
    }

    private static bool IsCalled(string name, ReadOnlySpan<byte> stored)
    {
        Span<byte> utf8 = stackalloc byte[AppendLimits.StreamNameBytes];
        return Encoding.UTF8.TryGetBytes(name, utf8, out var length) && stored.SequenceEqual(utf8[..length]);
    }
}
