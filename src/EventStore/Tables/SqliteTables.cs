using Cqrs.EventStore.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cqrs.EventStore.Tables;

/// <summary>
/// One connection to an embedded file of tables, with its statements prepared once each. Not for several threads at a
/// time. Commits reach the operating system, not the disk: they survive the death of the process, and after a power
/// cut the file is whole and a little older. What must be on the disk when it is answered belongs into the log.
/// Failures are <see cref="SqliteException"/>.
/// </summary>
public sealed class SqliteTables : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SqliteConnectionHandle _connection;
    private readonly Dictionary<string, Prepared> _statements = new(StringComparer.Ordinal);

    // A literal is one object: it is found without a look at its text.
    private readonly Dictionary<object, Prepared> _literals = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, Dictionary<Guid, long>> _atEnd = new(StringComparer.Ordinal);

    private SqliteTables(SqliteConnectionHandle connection) => _connection = connection;

    /// <summary>Opens, or makes, the file; its folder, too.</summary>
    /// <param name="schema">Statements that make what is not there yet.</param>
    public static SqliteTables Open(string folder, string file, string schema)
    {
        Directory.CreateDirectory(folder);
        return Connect(Path.Combine(folder, file), create: true, $"""
            PRAGMA synchronous = NORMAL;
            {schema}
            """);
    }

    /// <summary>A connection that only reads a file that is there, also where nothing can be written.</summary>
    public static SqliteTables OpenToRead(string path)
    {
        try
        {
            // The schema is read at once: on a read-only mount the opening succeeds, and the first reading fails.
            return Connect(path, create: false, "PRAGMA query_only = ON; SELECT count(*) FROM sqlite_schema");
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN && File.Exists(path))
        {
            return new(SqliteConnectionHandle.OpenReadOnly(path, Patience, Failure));
        }
    }

    /// <summary>A connection that writes to a file that is there.</summary>
    public static SqliteTables OpenToWrite(string path) => Connect(path, create: false, "PRAGMA synchronous = NORMAL");

    /// <summary>
    /// Opens, or makes, a file that is filled in few large transactions by nobody else: much memory (128 MB), few waits
    /// for the disk.
    /// </summary>
    public static SqliteTables OpenToFill(string path, string schema) => Connect(path, create: true, $"""
        PRAGMA synchronous = NORMAL;
        PRAGMA wal_autocheckpoint = 32768;
        PRAGMA cache_size = -131072;
        {schema}
        """);

    /// <summary>Runs one statement with parameters <c>$1</c>, <c>$2</c>, …; null is NULL.</summary>
    /// <returns>How many rows changed.</returns>
    public int Run(string sql, params ReadOnlySpan<object?> values)
    {
        Bind(sql, values).Statement.Run();
        return _connection.Changes;
    }

    /// <summary>
    /// Runs the statement when the transaction under way is committed: once for each key (<c>$1</c>), with the value
    /// (<c>$2</c>) that was given last, in the order of the keys. Until then nobody sees it.
    /// </summary>
    public void RunAtEnd(string sql, Guid key, long value)
    {
        if (!_atEnd.TryGetValue(sql, out var values)) _atEnd[sql] = values = [];
        values[key] = value;
    }

    /// <summary>Takes back what <see cref="RunAtEnd"/> would do for a key.</summary>
    public void NotAtEnd(string sql, Guid key) => _atEnd.GetValueOrDefault(sql)?.Remove(key);

    /// <summary>The first column of the first row as a number; null for none and for NULL.</summary>
    public long? Number(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).Statement.Number();

    /// <summary>The rows; to be disposed of before the same statement is run again.</summary>
    public SqliteRows Query(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).Rows;

    /// <summary>Runs statements without parameters that answer nothing of interest.</summary>
    public void Execute(string sql) => _connection.Execute(sql);

    /// <summary>Copies the write-ahead log into the file, on the disk, and empties it; nobody else may have the file open.</summary>
    public void Settle() => _connection.Execute("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)");

    /// <summary>Begins to write. What is not committed when the transaction is disposed of is undone.</summary>
    public Transaction Begin()
    {
        Run("BEGIN IMMEDIATE");
        return new(this);
    }

    /// <summary>All that is read until it is disposed of is as of one moment.</summary>
    public Transaction BeginToRead()
    {
        Run("BEGIN");
        return new(this);
    }

    public void Dispose() => _connection.Dispose();

    private static SqliteTables Connect(string path, bool create, string beginning)
    {
        var connection = SqliteConnectionHandle.Open(path, Patience, Failure, create);
        try
        {
            if (create) connection.UseWriteAheadLog(Patience);
            connection.Execute(beginning);
            return new(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static SqliteException Failure(int result, string detail, string path) =>
        new($"{Path.GetFileName(path)}: {detail} (SQLite {result})", result & 0xff, result);

    private Prepared Bind(string sql, ReadOnlySpan<object?> values)
    {
        if (!_literals.TryGetValue(sql, out var prepared))
        {
            if (!_statements.TryGetValue(sql, out prepared))
                _statements[sql] = prepared = new(_connection.Prepare(sql), values.Length);
            if (string.IsInterned(sql) is { } literal && ReferenceEquals(literal, sql)) _literals[sql] = prepared;
        }

        prepared.Bind(values);
        return prepared;
    }

    private void RunWhatIsLeft()
    {
        foreach (var (sql, values) in _atEnd)
        {
            foreach (var (key, value) in values.OrderBy(one => one.Key)) Run(sql, key.ToByteArray(bigEndian: true), value);
            values.Clear();
        }
    }

    /// <summary>A statement, its rows, and which of SQLite's parameters <c>$1</c>, <c>$2</c>, … are.</summary>
    private sealed class Prepared
    {
        private readonly int[] _parameters;

        public Prepared(Statement statement, int count)
        {
            (Statement, Rows, _parameters) = (statement, new(statement), new int[count]);
            for (var i = 0; i < count; i++) _parameters[i] = statement.ParameterOf($"${i + 1}");
        }

        public Statement Statement { get; }

        public SqliteRows Rows { get; }

        public void Bind(ReadOnlySpan<object?> values)
        {
            for (var i = 0; i < values.Length; i++)
            {
                var parameter = _parameters[i];
                _ = values[i] switch
                {
                    null => Statement.BindNull(parameter),
                    long number => Statement.Bind(parameter, number),
                    int number => Statement.Bind(parameter, number),
                    uint number => Statement.Bind(parameter, number),
                    string text => Statement.BindText(parameter, text),
                    byte[] blob => Statement.Bind(parameter, blob),
                    var other => throw new ArgumentException($"A {other.GetType().Name} is not kept in tables.", nameof(values)),
                };
            }
        }
    }

    /// <summary>A transaction under way.</summary>
    public readonly struct Transaction(SqliteTables tables) : IDisposable
    {
        public void Commit()
        {
            tables.RunWhatIsLeft();
            tables.Run("COMMIT");
        }

        public void Dispose()
        {
            foreach (var values in tables._atEnd.Values) values.Clear();

            // SQLite has undone it already where the fault was grave.
            if (!tables._connection.InTransaction) return;
            tables.Run("ROLLBACK");
        }
    }
}
