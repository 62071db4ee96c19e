namespace Cqrs.EventStore.EventStoreDb;

/// <summary>Settings of the client beyond the connection string.</summary>
public sealed record EsdbOptions
{
    public static readonly EsdbOptions Default = new();

    /// <summary>
    /// After this time without a message a subscription reads the log by another call. When the log has events that the
    /// subscription should have delivered, it is begun again.
    /// </summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>False: one call per append, as for servers without batches.</summary>
    public bool Batches { get; init; } = true;

    /// <summary>Called for each failure that the client recovers from: for logs and tests.</summary>
    public Action<EsdbIncident> Report { get; init; } = static _ => { };
}

/// <param name="Kind">What happened.</param>
/// <param name="Detail">Where and why. Contains no secrets.</param>
public sealed record EsdbIncident(EsdbIncidentKind Kind, string Detail);

public enum EsdbIncidentKind
{
    /// <summary>A node was given up; calls are repeated on the next one.</summary>
    NodeLost,

    /// <summary>Another node is the leader; calls go there from now on.</summary>
    Redirected,

    /// <summary>A subscription broke, and continues after its last position.</summary>
    SubscriptionBroken,

    /// <summary>A subscription was silent although the log had events for it; it continues after its last position.</summary>
    SubscriptionSilent,
}
