using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Cqrs.Projections.Engine;

/// <summary>
/// Reading connections to a read model, kept with their prepared statements and lent one at a time.
/// </summary>
internal sealed class SqliteReaders(string path) : IDisposable
{
    private readonly ConcurrentBag<Reader> _idle = [];

    public Lease Rent() => new(this, _idle.TryTake(out var reader) ? reader : new(path));

    public void Dispose()
    {
        while (_idle.TryTake(out var reader)) reader.Dispose();
    }

    internal readonly struct Lease(SqliteReaders pool, Reader reader) : IDisposable
    {
        /// <summary>Begins a read that sees one state of the model until the lease ends.</summary>
        public SqliteDataReader Query(string sql, params ReadOnlySpan<object> values) => reader.Query(sql, values);

        public void BeginSnapshot() => reader.Begin();

        public void Dispose()
        {
            reader.End();
            pool._idle.Add(reader);
        }
    }

    internal sealed class Reader : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);
        private bool _inSnapshot;

        public Reader(string path)
        {
            _connection = new($"Data Source={path};Mode=ReadWrite;Pooling=False;Default Timeout=10");
            _connection.Open();
            using var command = _connection.CreateCommand();
            command.CommandText = "PRAGMA query_only = ON";
            command.ExecuteNonQuery();
        }

        public SqliteDataReader Query(string sql, ReadOnlySpan<object> values)
        {
            var command = Command(sql, values.Length);
            for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
            return command.ExecuteReader();
        }

        public void Begin()
        {
            Command("BEGIN", 0).ExecuteNonQuery();
            _inSnapshot = true;
        }

        public void End()
        {
            if (!_inSnapshot) return;
            _inSnapshot = false;
            Command("COMMIT", 0).ExecuteNonQuery();
        }

        public void Dispose()
        {
            foreach (var command in _commands.Values) command.Dispose();
            _connection.Dispose();
        }

        private SqliteCommand Command(string sql, int parameters)
        {
            if (_commands.TryGetValue(sql, out var command)) return command;
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= parameters; i++) command.Parameters.Add(new() { ParameterName = $"${i}" });
            return _commands[sql] = command;
        }
    }
}
