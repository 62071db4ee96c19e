using Cqrs.EventStore.Sqlite;
using Cqrs.EventStore.Sqlite.Integrity;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>Changes an event of a log together with its checksum, so that reading it finds nothing wrong.</summary>
internal static class RewrittenEvent
{
    public static void Write(string file, long position, string data)
    {
        using var log = SqliteConnectionHandle.Open(file, TimeSpan.FromSeconds(10));
        using var update = log.Prepare("UPDATE events SET data = CAST(?2 AS BLOB) WHERE position = ?1");
        update.Bind(1, position).BindText(2, data).Run();
        using var row = log.Prepare(
            "SELECT e.name, e.id, t.text, e.json, e.data, e.metadata, e.stream, e.version, e.category, e.type, e.created FROM events e JOIN labels t ON t.id = e.type WHERE e.position = ?1");
        row.Bind(1, position).Step().ShouldBeTrue();
        var contents = EventChecksum.OfContents(row.Bytes(0), row.Bytes(1), row.Text(2), row.Int64(3) != 0, row.Bytes(4), row.Bytes(5));
        var checksum = EventChecksum.OfEvent(contents, position, row.Int64(6), row.Int64(7), row.Int64(8), row.Int64(9), row.Int64(10));
        row.Reset();
        using var mend = log.Prepare("UPDATE events SET checksum = ?2 WHERE position = ?1");
        mend.Bind(1, position).Bind(2, checksum).Run();
    }
}
