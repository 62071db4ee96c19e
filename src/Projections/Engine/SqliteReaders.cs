using System.Collections.Concurrent;
using Cqrs.EventStore.Tables;

namespace Cqrs.Projections.Engine;

/// <summary>
/// Reading connections to a read model, kept with their prepared statements and lent one at a time. Each lease reads
/// from the model that is live when it begins: a connection to one that was replaced meanwhile is not lent again.
/// </summary>
internal sealed class SqliteReaders(string folder, string name) : IDisposable
{
    private readonly Generations _generations = new(folder, name);
    private readonly ConcurrentBag<Reader> _idle = [];
    private volatile int _live;

    public Lease Rent()
    {
        var live = Live();
        while (_idle.TryTake(out var reader))
        {
            if (reader.Generation == live) return new(this, reader);
            reader.Dispose();
        }

        var (generation, tables) = _generations.OpenLive(Open);
        return new(this, new(generation, tables));
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var reader)) reader.Dispose();
    }

    // The first read opens the write-ahead log, too.
    private static SqliteTables Open(string path)
    {
        var tables = SqliteTables.OpenToRead(path);
        try
        {
            tables.Number("SELECT position FROM checkpoint");
            return tables;
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }

    // Asked for at each read: no longer than that may a replaced model be shown.
    private int Live()
    {
        var known = _live;
        return known > 0 && _generations.IsLive(known) ? known : _live = _generations.Newest() ?? Generations.First;
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

    internal sealed class Reader(int generation, SqliteTables tables) : IDisposable
    {
        private SqliteTables.Transaction? _snapshot;

        public int Generation { get; } = generation;

        public SqliteRows Query(string sql, ReadOnlySpan<object?> values) => tables.Query(sql, values);

        public void Begin() => _snapshot = tables.BeginToRead();

        public void End()
        {
            _snapshot?.Dispose();
            _snapshot = null;
        }

        public void Dispose() => tables.Dispose();
    }
}
