using Cqrs.EventStore.Log;

namespace Cqrs.Api.Composition.Outages;

/// <summary>
/// Whether the log's server answers, as <see cref="LogWatch"/> found last. An embedded log has no server and is always
/// available.
/// </summary>
public sealed class LogAvailability
{
    private readonly SemaphoreSlim _doubts = new(0, 1);
    private volatile Outage? _outage;

    /// <summary>The outage that lasts now; null while the log is available, and before the first probe has ended.</summary>
    public Outage? Outage => _outage;

    /// <summary>Requests a probe: a call failed, or a connection broke. A request that is already pending is enough.</summary>
    public void Doubt()
    {
        try
        {
            _doubts.Release();
        }
        catch (SemaphoreFullException)
        {
            // A probe is requested already.
        }
    }

    /// <exception cref="EventLogException">The log is not available; the call is not made.</exception>
    public void ThrowIfDown()
    {
        if (_outage is { } outage) throw new EventLogException(outage.Code, outage.Message);
    }

    internal void Set(Outage? outage) => _outage = outage;

    /// <summary>Waits until a probe is requested.</summary>
    internal Task DoubtedAsync(CancellationToken cancel) => _doubts.WaitAsync(cancel);
}

/// <param name="Code">One of <see cref="EventLogErrors"/>, or the kind of an unexpected error.</param>
/// <param name="Message">What happened; holds no secret.</param>
/// <param name="Since">A time stamp of the process's clock.</param>
public sealed record Outage(string Code, string Message, long Since)
{
    /// <summary>A server that refuses connections and one that is silent are the same outage.</summary>
    public bool IsSameAs(Outage? other) => other is not null && Kind(Code) == Kind(other.Code);

    private static string Kind(string code) => code == EventLogErrors.Timeout ? EventLogErrors.Unreachable : code;
}
