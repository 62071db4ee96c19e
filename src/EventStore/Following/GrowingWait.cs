namespace Cqrs.EventStore.Following;

/// <summary>How long to wait before the next try of what has failed: each wait twice the one before, up to a longest.</summary>
public readonly record struct GrowingWait(TimeSpan First, TimeSpan Longest)
{
    private const int Doublings = 20;

    /// <param name="failures">How often it has failed before this time.</param>
    public TimeSpan After(int failures) => TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(failures, Doublings)));
}
