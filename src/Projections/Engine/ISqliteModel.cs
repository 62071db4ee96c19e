using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;

namespace Cqrs.Projections.Engine;

/// <summary>What a read model in SQLite consists of: tables, and how each event changes them.</summary>
public interface ISqliteModel
{
    string Name { get; }

    LogFilter Filter { get; }

    /// <summary>Statements that make the tables where they are not there yet.</summary>
    string Schema { get; }

    /// <summary>Applies one event inside the transaction of its batch.</summary>
    ValueTask ApplyAsync(SqliteTables write, ProjectedEvent projected, CancellationToken cancel);
}
