using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite.Integrity;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// The tables of <c>log.db</c>, version 3. Reasons are in docs/decisions/embedded-log.md.
/// A stream has no row of its own: the position of its first event identifies it.
/// </summary>
internal static class Schema
{
    public const string FileName = "log.db";

    // "CQRS" in ASCII; shown by file(1).
    private const long ApplicationId = 0x43515253;

    /// <summary>The version that this program writes.</summary>
    public const long Version = 3;

    // The columns that reading filters by come first: SQLite does not read the payload of a row that does not match.
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
            metadata BLOB NOT NULL,
            checksum INTEGER NOT NULL DEFAULT 0, -- of the row
            chain    BLOB                     -- with the last event of a commit: the link of the hash chain, 16 bytes
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

    // Version 1 had an index of all events. Names that were not merged yet are merged once more, with their versions.
    private const string To2 = CreateStreamEvents +
        """
        INSERT INTO stream_events SELECT stream, version, position FROM events ORDER BY stream, version;
        DROP INDEX events_by_stream;
        ALTER TABLE stream_names_merged RENAME TO streams_merged;
        """;

    // Version 2 had no checksums. The columns are those of a new file, so that both are the same table.
    private const string To3 =
        """
        ALTER TABLE events ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE events ADD COLUMN chain BLOB;
        """;

    /// <summary>
    /// Makes an empty file a log, upgrades one of an earlier version (in one transaction, which takes the longer the more
    /// events there are), and refuses a file that is no log or is of a later version.
    /// </summary>
    /// <param name="patience">How long to wait for another process that does the same.</param>
    public static void Ensure(SqliteConnectionHandle connection, TimeSpan patience, SqliteEventLogOptions options)
    {
        if (VersionOf(connection) == Version) return;
        connection.Execute("PRAGMA page_size = 4096");
        connection.UseWriteAheadLog(patience);
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            // Another process may have been first.
            var version = VersionOf(connection);
            if (version == 0) connection.Execute(Create);
            else if (version < Version) Upgrade(connection, version, options);
            if (version < Version)
            {
                connection.Execute($"PRAGMA application_id = {ApplicationId}");
                connection.Execute($"PRAGMA user_version = {Version}");
                options.OnUpgradeStep?.Invoke("before the commit");
            }

            connection.Execute("COMMIT");
            if (version is > 0 and < Version) options.OnUpgradeStep?.Invoke("after the commit");
        }
        catch
        {
            if (connection.InTransaction) connection.Execute("ROLLBACK");
            throw;
        }
    }

    /// <summary>Refuses what is no log of this version, where nothing can be changed.</summary>
    public static void EnsureReadable(SqliteConnectionHandle connection)
    {
        if (VersionOf(connection) is not Version and var version)
        {
            throw new EventLogException(
                EventLogErrors.NotWritable,
                $"Event log '{connection.Path}' has schema version {version}, this program reads version {Version}, and the folder cannot be written: "
                + "copy it to a place that can be written; the log is brought up to date there.");
        }
    }

    private static void Upgrade(SqliteConnectionHandle connection, long version, SqliteEventLogOptions options)
    {
        options.OnUpgradeStep?.Invoke("begun");
        connection.Execute("PRAGMA cache_size = -65536");
        try
        {
            if (version < 2) connection.Execute(To2);
            connection.Execute(To3);
            options.OnUpgradeStep?.Invoke("tables changed");
            new ChecksumUpgrade(connection, options).Run();
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.Full)
        {
            throw new EventLogException(
                EventLogErrors.Full,
                $"Event log '{connection.Path}' has schema version {version} and cannot be upgraded to {Version}: the disk is full. Nothing was changed. "
                + $"The upgrade needs about as much space as the log has, {new FileInfo(connection.Path).Length / 1e6:N0} MB: make room and start again.", e);
        }
    }

    /// <summary>Returns the version of a file, 0 for an empty one.</summary>
    /// <exception cref="EventLogException">The file is no log, or one of a later version.</exception>
    public static long VersionOf(SqliteConnectionHandle connection)
    {
        // One statement, so that all values are of one moment: another process may be making the file a log.
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
