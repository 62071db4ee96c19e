namespace Cqrs.EventStore.Following;

/// <summary>
/// Keeps a reader of the live log from doing its rounds more often than they are worth: a round that follows the one
/// before sooner than the interval waits for the rest of it, and then finds more to do at once. A reader who was idle
/// waits for nothing.
/// </summary>
public sealed class Pace(TimeSpan interval, TimeProvider clock)
{
    private long _last = clock.GetTimestamp() - (long)(interval.TotalSeconds * clock.TimestampFrequency);

    /// <summary>Waits until the next round may begin.</summary>
    /// <param name="hurry">Completes when somebody waits for that round: then it begins at once.</param>
    public async ValueTask NextAsync(CancellationToken cancel, Task? hurry = null)
    {
        var rest = interval - clock.GetElapsedTime(_last);
        if (rest > TimeSpan.Zero) await (hurry is null ? Task.Delay(rest, clock, cancel) : clock.DelayAsync(rest, hurry, cancel));
        _last = clock.GetTimestamp();
    }
}
