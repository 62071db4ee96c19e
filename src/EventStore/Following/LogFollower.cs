using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Following;

/// <summary>Handles a page of events; must be idempotent, because delivery is at least once.</summary>
public delegate Task PageHandler(LogPage page, CancellationToken cancel);

/// <summary>
/// Handles a page of events and may leave some of the work for later. While there is such work, it is also called with pages
/// without events from time to time.
/// </summary>
/// <param name="after">The position of the page before.</param>
/// <returns>
/// The position up to which all work is done, from which a crash may continue. It is one that was given to the handler,
/// because not every engine can begin at others.
/// </returns>
public delegate Task<LogPosition> LatePageHandler(LogPage page, LogPosition after, CancellationToken cancel);

/// <summary>
/// Follows the log from its checkpoint: catch up, then live. Each page is handled before the checkpoint moves past it,
/// so after a crash some events come again and none is missed. A page that fails is tried again with exponential backoff, and
/// no later page is handled before; <see cref="Status"/> says so meanwhile. For a handler that leaves work for later the
/// checkpoint waits, and after a failure all events beyond it come again.
/// </summary>
/// <param name="begin">
/// Called whenever the log is read from the checkpoint, at the start and after each failure: makes a handler that remembers
/// nothing of the events before.
/// </param>
public sealed class LogFollower(
    string name, IEventLog log, LogFilter filter, ICheckpointStore checkpoints, Func<LatePageHandler> begin, TimeProvider clock)
{
    /// <summary>How often a handler that has left work for later is called when no events come.</summary>
    public static readonly TimeSpan AskedAgainAfter = TimeSpan.FromSeconds(1);

    private static readonly GrowingWait Wait = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest wait for a log that is not available: work goes on soon after the log is back.</summary>
    private static readonly TimeSpan LongestOutageWait = TimeSpan.FromSeconds(5);

    /// <summary>How often the checkpoint is saved when no event matches: to read such a part again costs little.</summary>
    private static readonly TimeSpan SaveIdleAfter = TimeSpan.FromSeconds(1);

    private volatile FollowerStatus _status = new(LogPosition.Start, Failure: null, Failures: 0);

    /// <summary>A follower that has done all work of a page when its handler returns.</summary>
    public LogFollower(
        string name, IEventLog log, LogFilter filter, ICheckpointStore checkpoints, PageHandler handle, TimeProvider clock)
        : this(name, log, filter, checkpoints, () => Late(handle), clock)
    {
    }

    public string Name { get; } = name;

    public FollowerStatus Status => _status;

    /// <summary>Called after each failure, with the wait before the next try.</summary>
    public Action<Exception, TimeSpan>? OnFailure { get; set; }

    /// <summary>Called when a page was handled after one or more failures.</summary>
    public Action? OnRecovery { get; set; }

    /// <summary>Follows until cancelled.</summary>
    public Task RunAsync(CancellationToken cancel) => RunAsync(static _ => Task.CompletedTask, cancel);

    /// <summary>Follows until cancelled.</summary>
    /// <param name="prepare">Runs before the log is read for the first time; its failure is retried like that of a page.</param>
    public async Task RunAsync(Func<CancellationToken, Task> prepare, CancellationToken cancel)
    {
        var isPrepared = false;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                if (!isPrepared) await prepare(cancel);
                isPrepared = true;
                await FollowAsync(cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                var wait = Wait.After(_status.Failures);
                if (wait > LongestOutageWait && e is EventLogException { Code: EventLogErrors.Unreachable or EventLogErrors.Timeout })
                    wait = LongestOutageWait;
                _status = _status with { Failure = KindOf(e), Failures = _status.Failures + 1 };
                OnFailure?.Invoke(e, wait);
                await Task.Delay(wait, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // Of a damaged event also the place: repeating does not help, an operator has to restore the log.
    private static string KindOf(Exception e) =>
        e is EventLogException { Position: { } position } damage ? $"{damage.Summary} at position {position}" : e.GetType().Name;

    private static LatePageHandler Late(PageHandler handle) => async (page, _, cancel) =>
    {
        await handle(page, cancel);
        return page.Position;
    };

    private async Task FollowAsync(CancellationToken cancel)
    {
        var seen = await checkpoints.LoadAsync(Name, cancel);
        var (done, saved, savedAt) = (seen, seen, clock.GetTimestamp());
        _status = _status with { Position = done };
        var handle = begin();
        var pace = new Pace(Interval, clock);
        await using var pages = new FollowedPages(log, seen, filter, clock, cancel);
        while (true)
        {
            var isAllDone = done >= seen;
            var page = await pages.NextAsync(isAllDone ? null : AskedAgainAfter) ?? new LogPage([], seen, IsEnd: true);
            var isHandled = page.Events.Count > 0 || !isAllDone;
            done = isHandled ? await handle(page, seen, cancel) : page.Position;
            seen = page.Position;
            if (done > saved && (isHandled || clock.GetElapsedTime(savedAt) > SaveIdleAfter))
            {
                await checkpoints.SaveAsync(Name, done, cancel);
                (saved, savedAt) = (done, clock.GetTimestamp());
            }

            var isRecovery = _status.Failures > 0;
            _status = new(done, Failure: null, Failures: 0);
            if (isRecovery) OnRecovery?.Invoke();
            if (page.IsEnd) await pace.NextAsync(cancel);
        }
    }
}

/// <param name="Position">Everything up to here has been handled.</param>
/// <param name="Failure">The kind of the error of the next page; null when there is none.</param>
/// <param name="Failures">How many times in a row it failed.</param>
public sealed record FollowerStatus(LogPosition Position, string? Failure, int Failures);
