using Cqrs.EventStore.Sqlite;
using Microsoft.Data.Sqlite;

namespace Cqrs.EventStore.PersonalData;

/// <summary>How keys.db is laid out and opened.</summary>
internal static class KeysSchema
{
    // Rows are only ever added at the end, and a forgotten key is overwritten where it lies by zeros of the same
    // length: a row that never moves leaves no copy of itself in a page's free space. secure_delete sees to the rest.
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS master_keys (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, proof BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS retired_masters (name TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS subject_keys (
            id INTEGER PRIMARY KEY, user BLOB NOT NULL UNIQUE, master INTEGER NOT NULL, wrapped BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS forgotten (id INTEGER PRIMARY KEY AUTOINCREMENT, user BLOB NOT NULL UNIQUE);
        CREATE TABLE IF NOT EXISTS system_keys (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, master INTEGER NOT NULL, wrapped BLOB NOT NULL);
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    static KeysSchema() => SQLitePCL.Batteries_V2.Init();

    public static void Create(SqliteConnection writer, MasterKeys masters)
    {
        using var transaction = writer.BeginTransaction(deferred: false);
        writer.Run(Tables);
        Check(writer, masters);
        transaction.Commit();
    }

    /// <summary>Refuses master keys that did not wrap the stored keys.</summary>
    private static void Check(SqliteConnection connection, MasterKeys masters)
    {
        foreach (var (name, proof) in StoredMasters(connection))
        {
            if (!masters.TryFind(name, out var master))
                throw KeyWrap.Missing(name);

            if (!master.Proof.AsSpan().SequenceEqual(proof))
            {
                throw new PersonalDataException(
                    PersonalDataException.MasterKeyWrong,
                    $"The master key '{name}' is not the one that wrapped keys in {SqliteKeys.FileName}, though it has its id: restore {MasterKeyFile.FileName}.");
            }
        }
    }

    /// <summary>Opens a connection to a file in a place that cannot be written.</summary>
    public static SqliteConnection OpenReadOnly(string path, MasterKeys masters)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = ReadOnlyFile.UriOf(path), Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        try
        {
            connection.Open();
            Check(connection, masters);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static SqliteConnection Open(string path)
    {
        if (!OperatingSystem.IsWindows() && !File.Exists(path))
        {
            // Made here and not by SQLite, so that it is nobody else's from its first moment on; its journal follows.
            // Never opened once it is there: closing it would drop every lock that this process holds on it (POSIX), and
            // another process that comes and goes would then take the journal away from under us, keys and all.
            new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).Dispose();
        }

        SqliteVersion.Require();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            connection.Run("PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;");
            SqliteException.ThrowExceptionForRC(SqliteConnectionHandle.UseWriteAheadLog(connection.Handle!, Patience), connection.Handle);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static void Run(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>A statement that is prepared once and run often.</summary>
    public static SqliteCommand Prepare(this SqliteConnection connection, string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
            command.Parameters.Add(new SqliteParameter { ParameterName = name });

        return command;
    }

    /// <summary>Moves the journal into the file and empties it; false when a reader stood in the way.</summary>
    public static bool TryEmptyJournal(this SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        using var row = command.ExecuteReader();
        return row.Read() && row.GetInt64(0) == 0;
    }

    private static List<(string Name, byte[] Proof)> StoredMasters(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name, proof FROM master_keys";
        using var rows = command.ExecuteReader();
        var found = new List<(string, byte[])>();
        while (rows.Read())
            found.Add((rows.GetString(0), (byte[])rows[1]));

        return found;
    }
}
