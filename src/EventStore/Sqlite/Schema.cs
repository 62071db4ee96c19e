using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// The tables of <c>log.db</c>, version 2. Reasons are in docs/decisions/embedded-log.md.
/// A stream has no row of its own: it is known by the position of its first event.
/// </summary>
internal static class Schema
{
    public const string FileName = "log.db";

    // "CQRS" in ASCII; shown by file(1).
    private const long ApplicationId = 0x43515253;
    public const long Version = 2;

    // The columns that reading filters by come first: a row that does not match is left before its payload.
    private const string Create =
        """
        CREATE TABLE events (
            position INTEGER PRIMARY KEY,     -- 1, 2, 3 … without holes
            stream   INTEGER NOT NULL,        -- position of the stream's first event
            version  INTEGER NOT NULL,        -- number in the stream, from 0
            category INTEGER NOT NULL,        -- labels.id
            type     INTEGER NOT NULL,        -- labels.id
            created  INTEGER NOT NULL,        -- 100 ns since 0001-01-01 UTC
            json     INTEGER NOT NULL,        -- 1: data is JSON
            id       BLOB NOT NULL,           -- 16 bytes, big-endian
            name     TEXT NOT NULL,           -- of the stream
            data     BLOB NOT NULL,
            metadata BLOB NOT NULL
        ) STRICT;
        CREATE TABLE labels (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE stream_names (
            hash   INTEGER NOT NULL,          -- FNV-1a, 64 bits, of the name in UTF-8
            stream INTEGER NOT NULL,
            PRIMARY KEY (hash, stream)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE streams_merged (
            one         INTEGER PRIMARY KEY CHECK (one = 1),
            to_position INTEGER NOT NULL      -- events up to here are in stream_names and stream_events
        ) STRICT;
        INSERT INTO streams_merged VALUES (1, 0);
        """ + CreateStreamEvents;

    private const string CreateStreamEvents =
        """
        CREATE TABLE stream_events (
            stream   INTEGER NOT NULL,
            version  INTEGER NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (stream, version)
        ) STRICT, WITHOUT ROWID;
        """;

    // Version 1 had an index of all events. What of the names was not merged yet is merged once more, with its versions.
    private const string UpgradeFrom1 = CreateStreamEvents +
        """
        INSERT INTO stream_events SELECT stream, version, position FROM events ORDER BY stream, version;
        DROP INDEX events_by_stream;
        ALTER TABLE stream_names_merged RENAME TO streams_merged;
        """;

    /// <summary>
    /// Makes an empty file a log, brings one of an earlier version up to this one (in one transaction, which takes the
    /// longer the more events there are), and refuses what is none or is of a later version.
    /// </summary>
    /// <param name="patience">How long to wait for another process that does the same.</param>
    public static void Ensure(SqliteConnectionHandle connection, TimeSpan patience)
    {
        if (VersionOf(connection) == Version) return;
        connection.Execute("PRAGMA page_size = 4096");
        connection.UseWriteAheadLog(patience);
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            // Another process may have been first.
            var version = VersionOf(connection);
            if (version < Version)
            {
                connection.Execute(version == 0 ? Create : UpgradeFrom1);
                connection.Execute($"PRAGMA application_id = {ApplicationId}");
                connection.Execute($"PRAGMA user_version = {Version}");
            }

            connection.Execute("COMMIT");
        }
        catch
        {
            if (connection.InTransaction) connection.Execute("ROLLBACK");
            throw;
        }
    }

    /// <returns>0 for an empty file.</returns>
    private static long VersionOf(SqliteConnectionHandle connection)
    {
        // In one statement, so of one moment: another process may be making the file a log.
        using var look = connection.Prepare(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version");
        if (!look.Step()) throw connection.Failure(SQLitePCL.raw.SQLITE_CORRUPT);
        var (application, version, tables) = (look.Int64(0), look.Int64(1), look.Int64(2));
        if (application == ApplicationId && version is > 0 and <= Version) return version;
        if (application == ApplicationId && version > Version)
        {
            throw new EventLogException(
                EventLogErrors.Newer,
                $"Event log '{connection.Path}' has schema version {version}, this program knows up to {Version}. Run the newer program.");
        }

        if (application != 0 || version != 0 || tables != 0)
        {
            throw new EventLogException(
                EventLogErrors.NotALog,
                $"'{connection.Path}' is a database, but not an event log. Point the configuration to another folder.");
        }

        return 0;
    }
}
