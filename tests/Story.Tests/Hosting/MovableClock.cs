namespace Cqrs.Story.Tests.Hosting;

/// <summary>
/// The server's clock: the real one, set forward at will. What waits by it can be made to wait only a part of its time.
/// </summary>
public sealed class MovableClock : TimeProvider
{
    private long ahead;

    /// <summary>By how much shorter every wait becomes; 1 for none.</summary>
    public double Haste { get; set; } = 1;

    public void Advance(TimeSpan time) => Interlocked.Add(ref ahead, time.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref ahead));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / Haste : dueTime, period);
}
