using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Following;

/// <summary>What a follower does with the events that it is shown; it must bear being shown some of them again.</summary>
public delegate Task PageHandler(LogPage page, CancellationToken cancel);

/// <summary>
/// Follows the log from its checkpoint: catch up, then live. Each page is handled before the checkpoint moves past it,
/// so after a crash some events come again and none is missed. A page that fails is tried again with growing waits and
/// nothing after it is handled before; <see cref="Status"/> says so meanwhile.
/// </summary>
public sealed class LogFollower(
    string name, IEventLog log, LogFilter filter, ICheckpointStore checkpoints, PageHandler handle, TimeProvider clock)
{
    private static readonly GrowingWait Wait = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>What held nothing for this follower is noted only so often: to see it again costs little.</summary>
    private static readonly TimeSpan SaveIdleAfter = TimeSpan.FromSeconds(1);

    private volatile FollowerStatus _status = new(LogPosition.Start, Failure: null, Failures: 0);

    public string Name { get; } = name;

    public FollowerStatus Status => _status;

    /// <summary>Told of each failure, with the wait before the next try.</summary>
    public Action<Exception, TimeSpan>? OnFailure { get; set; }

    /// <summary>Follows until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                var wait = Wait.After(_status.Failures);
                _status = _status with { Failure = e.GetType().Name, Failures = _status.Failures + 1 };
                OnFailure?.Invoke(e, wait);
                await Task.Delay(wait, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        var position = await checkpoints.LoadAsync(Name, cancel);
        _status = _status with { Position = position };
        var saved = clock.GetTimestamp();
        var pace = new Pace(Interval, clock);
        await foreach (var page in log.SubscribeAsync(position, filter, cancel: cancel))
        {
            if (page.Events.Count > 0) await handle(page, cancel);
            if (page.Position > position && (page.Events.Count > 0 || clock.GetElapsedTime(saved) > SaveIdleAfter))
            {
                await checkpoints.SaveAsync(Name, page.Position, cancel);
                saved = clock.GetTimestamp();
            }

            position = page.Position;
            _status = new(position, Failure: null, Failures: 0);
            if (page.IsEnd) await pace.NextAsync(cancel);
        }
    }
}

/// <param name="Position">Everything up to here has been handled.</param>
/// <param name="Failure">The kind of the error that the next page met, null when all is well.</param>
/// <param name="Failures">How often it was tried in vain.</param>
public sealed record FollowerStatus(LogPosition Position, string? Failure, int Failures);
