using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Following;

/// <summary>Handles the events of a page; must be idempotent, since delivery is at least once.</summary>
public delegate Task PageHandler(LogPage page, CancellationToken cancel);

/// <summary>
/// Handles a page and may defer part of the work. While work is deferred, the handler is also called with pages without
/// events from time to time.
/// </summary>
/// <param name="after">The position of the page before.</param>
/// <returns>
/// Everything up to here is done and need not be shown again after a crash. A position that was shown: not every engine
/// can begin at others.
/// </returns>
public delegate Task<LogPosition> LatePageHandler(LogPage page, LogPosition after, CancellationToken cancel);

/// <summary>
/// Follows the log from its checkpoint: catch up, then live. Each page is handled before the checkpoint moves past it,
/// so after a crash some events come again and none is missed. A page that fails is tried again with backoff and nothing
/// after it is handled before; <see cref="Status"/> shows the failure meanwhile. A handler that defers work holds the
/// checkpoint back, and after a failure everything beyond the checkpoint comes again.
/// </summary>
/// <remarks>
/// Before it reads, the follower checks that its checkpoint fits the log (<see cref="CheckpointCheck"/>). Where it does
/// not, the follower handles and saves nothing; it looks again every few seconds, until an operator has set the
/// checkpoint (<c>cqrs followers reset</c>).
/// </remarks>
/// <param name="begin">
/// Called whenever the log is read from the checkpoint, at the start and after each failure: what a handler remembers of
/// earlier events does not outlive that.
/// </param>
public sealed class LogFollower(
    string name, IEventLog log, LogFilter filter, ICheckpointStore checkpoints, Func<LatePageHandler> begin, TimeProvider clock)
{
    /// <summary>How often a handler that has deferred work is called when nothing else happens.</summary>
    public static readonly TimeSpan AskedAgainAfter = TimeSpan.FromSeconds(1);

    private static readonly GrowingWait Wait = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest wait for a log that is not available: work goes on soon after the log is back.</summary>
    private static readonly TimeSpan LongestOutageWait = TimeSpan.FromSeconds(5);

    private static readonly GrowingWait StandsStill = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(2));

    /// <summary>How often events that the filter leaves out move the checkpoint; to read past them again costs little.</summary>
    private static readonly TimeSpan SaveIdleAfter = TimeSpan.FromSeconds(1);

    private volatile FollowerStatus _status = new(LogPosition.Start, Failure: null, Failures: 0);

    /// <summary>A follower whose pages are done as soon as they are handled.</summary>
    public LogFollower(
        string name, IEventLog log, LogFilter filter, ICheckpointStore checkpoints, PageHandler handle, TimeProvider clock)
        : this(name, log, filter, checkpoints, () => Late(handle), clock)
    {
    }

    public string Name { get; } = name;

    public FollowerStatus Status => _status;

    /// <summary>
    /// How often a follower that has nothing to do looks whether an operator has set its checkpoint, and notes how far it
    /// has come. Null: only with the next event.
    /// </summary>
    public TimeSpan? LooksForResetsAfter { get; set; }

    /// <summary>Called after each failure, with the wait before the next try.</summary>
    public Action<Exception, TimeSpan>? OnFailure { get; set; }

    /// <summary>Called when a page was handled after one or more failures.</summary>
    public Action? OnRecovery { get; set; }

    /// <summary>Called once when the checkpoint is found not to fit the log, and with null when it fits again.</summary>
    public Action<CheckpointFault?>? OnMismatch { get; set; }

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
            catch (CheckpointResetException)
            {
                // Goes on from the checkpoint that the operator has set.
            }
            catch (CheckpointMismatchException mismatch)
            {
                var wait = StandsStill.After(_status.Failures);
                StandStill(mismatch.Fault);
                await Task.Delay(wait, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        var checkpoint = await LoadFittingAsync(cancel);
        var seen = checkpoint.ReadsFrom;
        var (done, saved, savedAt) = (seen, seen, clock.GetTimestamp());
        _status = _status with { Position = done };
        var handle = begin();
        var (pace, anchors) = (new Pace(Interval, clock), new AnchorTrail(log, checkpoint.Anchor));
        await using var pages = new FollowedPages(log, seen, filter, clock, cancel);
        while (true)
        {
            var isAllDone = done >= seen;
            if (await pages.NextAsync(isAllDone ? LooksForResetsAfter : AskedAgainAfter) is not { } page)
            {
                await EnsureNotResetAsync(checkpoint, cancel);
                page = new LogPage([], seen, IsEnd: true);
            }

            var isHandled = page.Events.Count > 0 || !isAllDone;
            done = isHandled ? await handle(page, seen, cancel) : page.Position;
            seen = page.Position;
            await anchors.SawAsync(page, cancel);
            var isTime = isHandled || clock.GetElapsedTime(savedAt) > SaveIdleAfter;
            if (done > saved ? isTime : checkpoint.Anchor is null && saved > LogPosition.Start && page.IsEnd)
            {
                // A checkpoint without an anchor, from an earlier version, gets one as soon as possible.
                if (page.IsEnd && (!isHandled || checkpoint.Anchor is null)) await anchors.RefreshAsync(done, cancel);
                checkpoint = checkpoint with { Position = done, Anchor = anchors.UpTo(done) };
                if (done > saved || checkpoint.Anchor is not null) await checkpoints.SaveAsync(Name, checkpoint, cancel);
                (saved, savedAt) = (done, clock.GetTimestamp());
            }

            var isRecovery = _status.Failures > 0;
            _status = new(done, Failure: null, Failures: 0);
            if (isRecovery) OnRecovery?.Invoke();
            if (page.IsEnd) await pace.NextAsync(cancel);
        }
    }

    /// <exception cref="CheckpointMismatchException">The checkpoint does not fit the log.</exception>
    private async ValueTask<Checkpoint> LoadFittingAsync(CancellationToken cancel)
    {
        var checkpoint = await checkpoints.LoadAsync(Name, cancel);

        // A log that grows past a checkpoint without an anchor seems to fit again, and does not.
        if (_status.Fault is { } found && checkpoint.Anchor is null && found.Checkpoint == checkpoint) throw new CheckpointMismatchException(found);
        await CheckpointCheck.EnsureAsync(log, checkpoint, cancel);
        if (_status.Fault is null) return checkpoint;
        _status = new(checkpoint.ReadsFrom, Failure: null, Failures: 0);
        OnMismatch?.Invoke(null);
        return checkpoint;
    }

    private async ValueTask EnsureNotResetAsync(Checkpoint checkpoint, CancellationToken cancel)
    {
        if ((await checkpoints.LoadAsync(Name, cancel)).Resets != checkpoint.Resets) throw new CheckpointResetException(Name);
    }

    private void StandStill(CheckpointFault fault)
    {
        var isNew = _status.Fault is null;
        _status = new(fault.Checkpoint.Position, fault.Reason, isNew ? 1 : _status.Failures + 1) { Fault = fault };
        if (isNew) OnMismatch?.Invoke(fault);
    }
}

/// <param name="Position">Everything up to here has been handled.</param>
/// <param name="Failure">The kind of the error that the next page met, or why the checkpoint does not fit the log; null when all is well.</param>
/// <param name="Failures">How often it was tried in vain.</param>
public sealed record FollowerStatus(LogPosition Position, string? Failure, int Failures)
{
    /// <summary>Set while the follower stands still because its checkpoint does not fit the log.</summary>
    public CheckpointFault? Fault { get; init; }
}
