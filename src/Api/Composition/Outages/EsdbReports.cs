using Cqrs.EventStore.EventStoreDb;

namespace Cqrs.Api.Composition.Outages;

/// <summary>
/// Logs what the EventStoreDB client repaired by itself. An incident requests a probe. During an outage nothing
/// is logged here, since <see cref="LogWatch"/> reports it; otherwise each kind at most once in ten seconds, because a
/// lost node breaks every subscription at once.
/// </summary>
internal sealed partial class EsdbReports(LogAvailability availability, TimeProvider clock, ILogger<EsdbEventLog> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Dictionary<EsdbIncidentKind, long> _reported = [];
    private readonly Lock _lock = new();

    public void Report(EsdbIncident incident)
    {
        availability.Doubt();
        if (availability.Outage is not null) return;
        lock (_lock)
        {
            if (_reported.TryGetValue(incident.Kind, out var last) && clock.GetElapsedTime(last) < Interval) return;
            _reported[incident.Kind] = clock.GetTimestamp();
        }

        Incident(logger, incident.Kind, incident.Detail);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "EventStoreDB: {Kind}. {Detail}")]
    private static partial void Incident(ILogger logger, EsdbIncidentKind kind, string detail);
}
