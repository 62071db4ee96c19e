using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;

namespace Cqrs.Survival.Tests.Projections;

/// <summary>Counts how often each event was applied, and fails where it is told to, before or after its write.</summary>
internal sealed class CountingModel(string name) : ISqliteModel
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Func<Exception>> _failing = [];

    public string Name { get; } = name;

    public LogFilter Filter { get; } = new();

    public string Schema => "CREATE TABLE IF NOT EXISTS applied (number INTEGER PRIMARY KEY, position INTEGER NOT NULL)";

    /// <summary>The event at this position fails, once.</summary>
    public void FailAt(long position, Func<Exception> error)
    {
        lock (_lock) _failing[position] = error;
    }

    public void Apply(SqliteTables write, ProjectedEvent projected)
    {
        write.Run("INSERT INTO applied (position) VALUES ($1)", projected.Position.Value);
        lock (_lock)
        {
            if (_failing.Remove(projected.Position.Value, out var error)) throw error();
        }
    }
}
