namespace Cqrs.EventStore.EventStoreDb;

/// <summary>What the engine does of its own accord, beyond the connection string.</summary>
public sealed record EsdbOptions
{
    public static readonly EsdbOptions Default = new();

    /// <summary>
    /// A subscription that has heard nothing for so long asks by another way whether it should have. If so, it is
    /// begun anew.
    /// </summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>False: each append is a call of its own, as with servers that have no batches.</summary>
    public bool Batches { get; init; } = true;

    /// <summary>Told of what the engine mends by itself: for logs and tests.</summary>
    public Action<EsdbIncident> Report { get; init; } = static _ => { };
}

/// <param name="Kind">What happened.</param>
/// <param name="Detail">Where and why; nothing secret.</param>
public sealed record EsdbIncident(EsdbIncidentKind Kind, string Detail);

public enum EsdbIncidentKind
{
    /// <summary>A call failed and is repeated, or the node given up.</summary>
    NodeLost,

    /// <summary>Another node is the leader; calls go there from now on.</summary>
    Redirected,

    /// <summary>A subscription broke, and goes on from where it was.</summary>
    SubscriptionBroken,

    /// <summary>A subscription was silent though there were events for it; it is begun anew from where it was.</summary>
    SubscriptionSilent,
}
