using System.Text;
using Cqrs.EventStore.Sqlite;
using Cqrs.EventStore.Sqlite.Integrity;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>Damages a closed log, as a disk, a copy that was cut or a person with a database tool would.</summary>
internal static class LogDamage
{
    private const int PageSize = 4_096;
    private const byte TableLeaf = 0x0d;

    /// <summary>Runs SQL on the file, past the log.</summary>
    public static void Change(string file, string sql)
    {
        using var connection = SqliteConnectionHandle.Open(file, TimeSpan.Zero);
        connection.Execute(sql);
    }

    public static long Ask(string file, string sql)
    {
        using var connection = SqliteConnectionHandle.Open(file, TimeSpan.Zero);
        return connection.Scalar(sql);
    }

    /// <summary>Overwrites with zeros the page of the table that has this text.</summary>
    public static void ZeroPageWith(string file, string text)
    {
        var bytes = File.ReadAllBytes(file);
        var wanted = Encoding.UTF8.GetBytes(text);
        for (var page = 0; page < bytes.Length; page += PageSize)
        {
            var content = bytes.AsSpan(page, PageSize);
            if (content[0] != TableLeaf || content.IndexOf(wanted) < 0) continue;
            content.Clear();
            File.WriteAllBytes(file, bytes);
            return;
        }

        throw new InvalidOperationException($"No page has {text}.");
    }

    /// <summary>Makes a log of this program one of version 2, or of version 1 with the names of <paramref name="mergedTo"/> events merged.</summary>
    public static void Downgrade(string file, int version, int mergedTo = 0)
    {
        using var connection = SqliteConnectionHandle.Open(file, TimeSpan.Zero);
        connection.Execute("ALTER TABLE events DROP COLUMN chain; ALTER TABLE events DROP COLUMN checksum; PRAGMA user_version = 2");
        if (version == 2) return;
        connection.Execute(
            $"""
            CREATE UNIQUE INDEX events_by_stream ON events (stream, version);
            DROP TABLE stream_events;
            DELETE FROM stream_names;
            ALTER TABLE streams_merged RENAME TO stream_names_merged;
            UPDATE stream_names_merged SET to_position = {mergedTo};
            PRAGMA user_version = 1;
            """);
        using var names = connection.Prepare($"SELECT name, position FROM events WHERE version = 0 AND position <= {mergedTo}");
        using var insert = connection.Prepare("INSERT INTO stream_names VALUES (?1, ?2)");
        while (names.Step()) insert.Bind(1, NameHash.Of(names.Text(0))).Bind(2, names.Int64(1)).Run();
    }

    public static LogReport Verify(string file) => LogVerification.Run(file, progress: null, CancellationToken.None);
}
