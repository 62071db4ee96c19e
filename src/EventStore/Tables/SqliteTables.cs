using Microsoft.Data.Sqlite;

namespace Cqrs.EventStore.Tables;

/// <summary>
/// One connection to an embedded file of tables, with its statements prepared once each. Not for several threads at a
/// time. Commits reach the operating system, not the disk: they survive the death of the process, and after a power
/// cut the file is whole and a little older. What must be on the disk when it is answered belongs into the log.
/// </summary>
public sealed class SqliteTables : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    private SqliteTables(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens, or makes, the file; its folder, too.</summary>
    /// <param name="schema">Statements that make what is not there yet.</param>
    public static SqliteTables Open(string folder, string file, string schema)
    {
        Directory.CreateDirectory(folder);
        return Connect(Path.Combine(folder, file), "", $"""
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            {schema}
            """);
    }

    /// <summary>A connection that only reads a file that is there.</summary>
    public static SqliteTables OpenToRead(string path) => Connect(path, "Mode=ReadWrite;", "PRAGMA query_only = ON");

    /// <summary>Runs a statement with parameters <c>$1</c>, <c>$2</c>, …; null is NULL.</summary>
    /// <returns>How many rows changed.</returns>
    public int Run(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).ExecuteNonQuery();

    /// <summary>The first column of the first row; null for none and for NULL.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).ExecuteScalar() is var value and not DBNull ? value : null;

    /// <summary>The rows; to be disposed of before the same statement is run again.</summary>
    public SqliteDataReader Query(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).ExecuteReader();

    /// <summary>Begins to write. What is not committed when the transaction is disposed of is undone.</summary>
    public Transaction Begin()
    {
        Run("BEGIN IMMEDIATE");
        return new(this);
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values) command.Dispose();
        _connection.Dispose();
    }

    private static SqliteTables Connect(string path, string options, string beginning)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection($"Data Source={path};{options}Pooling=False;Default Timeout=10");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = beginning;
        command.ExecuteNonQuery();
        return new(connection);
    }

    private SqliteCommand Bind(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++) command.Parameters.Add(new() { ParameterName = $"${i}" });
            _commands[sql] = command;
        }

        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }

    /// <summary>A transaction under way.</summary>
    public readonly struct Transaction(SqliteTables tables) : IDisposable
    {
        public void Commit() => tables.Run("COMMIT");

        // SQLite has undone it already where the fault was grave.
        public void Dispose()
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(tables._connection.Handle) == 0) tables.Run("ROLLBACK");
        }
    }
}
