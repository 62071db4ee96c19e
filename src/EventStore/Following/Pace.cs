namespace Cqrs.EventStore.Following;

/// <summary>
/// Keeps a reader of the live log from doing its rounds more often than they are worth: a round that follows the one
/// before sooner than the interval waits for the rest of it, and then finds more to do at once. A reader who was idle
/// waits for nothing.
/// </summary>
/// <param name="hurried">The interval where somebody waits for the next round.</param>
public sealed class Pace(TimeSpan interval, TimeProvider clock, TimeSpan hurried = default)
{
    private long _last = clock.GetTimestamp() - (long)(interval.TotalSeconds * clock.TimestampFrequency);

    /// <summary>Waits until the next round may begin.</summary>
    /// <param name="hurry">Completes when somebody waits for that round.</param>
    public async ValueTask NextAsync(CancellationToken cancel, Task? hurry = null)
    {
        var least = hurry is null ? interval : hurried;
        if (hurry is not null && Rest(interval) is { Ticks: > 0 } rest) await clock.DelayAsync(rest, hurry, cancel);
        if (Rest(least) is { Ticks: > 0 } atLeast) await Task.Delay(atLeast, clock, cancel);
        _last = clock.GetTimestamp();
    }

    private TimeSpan Rest(TimeSpan of) => of - clock.GetElapsedTime(_last);
}
