using Cqrs.EventStore.Log;
using Cqrs.Projections.Engine;

namespace Cqrs.Api.Http;

/// <summary>
/// Waits until a read model has seen a position. Where the projection runs in another process, its checkpoint is looked
/// at again and again meanwhile.
/// </summary>
public sealed class ReadPositions(IEnumerable<IProjection> projections, IEventLog log, bool runHere, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<string, IProjection> _projections = projections.ToDictionary(projection => projection.Name);

    /// <summary>How far a read model is known to have come: what is read from it now has seen at least that much.</summary>
    public LogPosition Of(string name) => _projections[name].Position;

    /// <summary>Waits for somebody who waits himself.</summary>
    /// <returns>False when it has not got there after 5 s.</returns>
    public ValueTask<bool> ReachedAsync(string name, LogPosition position, CancellationToken cancel) =>
        WaitAsync(name, position, hurries: true, cancel);

    /// <summary>Waits until the read model has seen everything that is in the log now.</summary>
    public async ValueTask<bool> ReachedHeadAsync(string name, CancellationToken cancel) =>
        await ReachedAsync(name, await log.HeadAsync(cancel), cancel);

    /// <summary>Waits in the background, hurrying nobody.</summary>
    /// <exception cref="TimeoutException">It has not got there after 5 s.</exception>
    public async ValueTask FollowedAsync(string name, LogPosition position, CancellationToken cancel)
    {
        if (!await WaitAsync(name, position, hurries: false, cancel)) throw new TimeoutException($"The projection '{name}' is too far behind.");
    }

    private async ValueTask<bool> WaitAsync(string name, LogPosition position, bool hurries, CancellationToken cancel)
    {
        var projection = _projections[name];
        if (projection.Position >= position) return true;
        using var end = new CancellationTokenSource(Patience, clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel, end.Token);
        try
        {
            if (runHere) await projection.WaitAsync(position, patience.Token, hurries);
            else while (await projection.ReloadAsync(patience.Token) < position) await Task.Delay(Glance, clock, patience.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }
}
