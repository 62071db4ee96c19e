using System.Collections.Concurrent;
using Cqrs.EventStore.Tables;

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
        public SqliteRows Query(string sql, params ReadOnlySpan<object?> values) => reader.Query(sql, values);

        public void BeginSnapshot() => reader.Begin();

        public void Dispose()
        {
            reader.End();
            pool._idle.Add(reader);
        }
    }

    internal sealed class Reader(string path) : IDisposable
    {
        private readonly SqliteTables _tables = SqliteTables.OpenToRead(path);
        private bool _inSnapshot;

        public SqliteRows Query(string sql, ReadOnlySpan<object?> values) => _tables.Query(sql, values);

        public void Begin()
        {
            _tables.Run("BEGIN");
            _inSnapshot = true;
        }

        public void End()
        {
            if (!_inSnapshot) return;
            _inSnapshot = false;
            _tables.Run("COMMIT");
        }

        public void Dispose() => _tables.Dispose();
    }
}
