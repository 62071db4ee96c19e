using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Microsoft.Data.Sqlite;

namespace Cqrs.Projections.Engine;

/// <summary>
/// Folds the log into one read model: catch up, then live. An event that cannot be applied stops the projection right
/// there: nothing is skipped, what came before it is kept, and <see cref="Status"/> says which event it was until
/// <see cref="Resume"/> or the next start tries it again. What fails for want of a resource is tried again by itself.
/// </summary>
public sealed class ProjectionRunner(IProjection projection, IEventLog log, EventCodec codec, TimeProvider clock)
{
    private const int PageSize = 512;
    private static readonly GrowingWait Wait = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(10));

    /// <summary>A transaction for each round, so no more often than that.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>The interval while a request waits for the projection.</summary>
    private static readonly TimeSpan HurriedInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>How often an anchor is taken from the events that the model does not ask for.</summary>
    private static readonly TimeSpan RefreshesAfter = TimeSpan.FromSeconds(1);

    /// <summary>How soon a model that another process rebuilt is noticed.</summary>
    private static readonly GrowingWait StandsStill = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(2));

    // All values are checked, also those that stay sealed: a value that was changed or moved does not get into a model unnoticed.
    private readonly Carrying _carrying = new(projection.Opens, Checks: true);
    private readonly StatusReporter _reporter = new(projection);
    private CheckpointFault? _fault;
    private volatile TaskCompletionSource _resume = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IProjection Projection { get; } = projection;

    public ProjectionStatus Status => _reporter.Status;

    /// <summary>Called after each failure: an event stops the projection, or a resource is missing and it retries.</summary>
    public Action<ProjectionFailure>? OnFailure { get; set; }

    /// <summary>Called when a page was applied after one or more failures.</summary>
    public Action? OnRecovery { get; set; }

    /// <summary>Called once when the checkpoint is found not to fit the log, and with null when it fits again.</summary>
    public Action<CheckpointFault?>? OnMismatch { get; set; }

    /// <summary>Tries the event that stopped it once more. Another process does so through the status in the model's file.</summary>
    public void Resume() => _resume.TrySetResult();

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var reporting = Task.Run(() => _reporter.RunAsync(Resume, cancel), CancellationToken.None);
        var (tries, hasFailed) = (0, false);
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(
                    () =>
                    {
                        if (hasFailed) OnRecovery?.Invoke();
                        (tries, hasFailed) = (0, false);
                    },
                    cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                break;
            }
            catch (PoisonousEventException poison)
            {
                hasFailed = true;
                await StopAsync(poison.Failure, cancel);
            }
            catch (EventLogException damage) when (damage is { Code: EventLogErrors.Corrupt, Position: not null })
            {
                hasFailed = true;
                await StopAsync(new(damage.Position.Value, damage.Stream, damage.Summary), cancel);
            }
            catch (CheckpointMovedException)
            {
                // The process that moved it applied the events; go on from there.
            }
            catch (CheckpointMismatchException mismatch)
            {
                StandStill(mismatch.Fault);
                await Task.Delay(StandsStill.After(tries++), clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e)
            {
                _reporter.Set(new(ProjectionState.Waiting, new(Projection.Position, Stream: null, e.GetType().Name, Reason: FailureText.Of(e))));
                hasFailed = true;
                OnFailure?.Invoke(Status.Failure!);
                await Task.Delay(Wait.After(tries++), clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await reporting;
    }

    private async Task StopAsync(ProjectionFailure failure, CancellationToken cancel)
    {
        _resume = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _reporter.Set(new(ProjectionState.Stopped, failure));
        OnFailure?.Invoke(failure);
        await _resume.Task.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task FollowAsync(Action applied, CancellationToken cancel)
    {
        var checkpoint = await LoadFittingAsync(cancel);
        var pace = new Pace(Interval, clock, HurriedInterval);
        var (anchors, refreshedAt) = (new AnchorTrail(log, checkpoint.Anchor), clock.GetTimestamp());
        await foreach (var page in log.SubscribeAsync(checkpoint.Position, Projection.Filter, PageSize, cancel))
        {
            await anchors.SawAsync(page, cancel);
            if (page.IsEnd && page.Position > LogPosition.Start && (checkpoint.Anchor is null || clock.GetElapsedTime(refreshedAt) > RefreshesAfter))
            {
                await anchors.RefreshAsync(page.Position, cancel);
                refreshedAt = clock.GetTimestamp();
            }

            var anchor = anchors.UpTo(page.Position);
            var isAnchored = checkpoint.Anchor is null && anchor is not null;
            if (page.Position > Projection.Position || isAnchored) await ApplyAsync(page, anchor, cancel);
            checkpoint = checkpoint with { Anchor = checkpoint.Anchor ?? anchor };
            applied();
            _reporter.Applied(page.Events.Count, page.IsEnd ? ProjectionState.Live : ProjectionState.CatchingUp);
            if (page.IsEnd) await pace.NextAsync(cancel, Projection.HurriedAsync());
        }
    }

    /// <exception cref="CheckpointMismatchException">The checkpoint does not fit the log.</exception>
    private async ValueTask<Checkpoint> LoadFittingAsync(CancellationToken cancel)
    {
        var checkpoint = await Projection.CheckpointAsync(cancel);

        // A log that grows past a checkpoint without an anchor seems to fit again, and does not.
        if (_fault is { } found && checkpoint.Anchor is null && found.Checkpoint == checkpoint) throw new CheckpointMismatchException(found);
        await CheckpointCheck.EnsureAsync(log, checkpoint, cancel);
        if (_fault is not null) OnMismatch?.Invoke(null);
        _fault = null;
        Projection.GoOnFrom(checkpoint.Position);
        if (checkpoint.Position == checkpoint.ReadsFrom || checkpoint.Position <= await log.HeadAsync(cancel)) return checkpoint;

        // The log ends between the anchor and the checkpoint. Nothing of the model lies there; its waiters must not
        // take what will lie there for applied.
        await Projection.ApplyAsync([], checkpoint.ReadsFrom, cancel);
        return checkpoint with { Position = checkpoint.ReadsFrom };
    }

    private void StandStill(CheckpointFault fault)
    {
        Projection.GoOnFrom(LogPosition.Start);
        if (_fault?.Kind == fault.Kind && Status.State == ProjectionState.NotOfThisLog) return;
        var isNew = _fault is null;
        _fault = fault;
        _reporter.Set(new(ProjectionState.NotOfThisLog, new(fault.Checkpoint.Position, Stream: null, fault.Code)) { Fault = fault });
        if (isNew) OnMismatch?.Invoke(fault);
    }

    private async Task ApplyAsync(LogPage page, CheckpointAnchor? anchor, CancellationToken cancel)
    {
        try
        {
            await Projection.ApplyAsync(await DecodeAsync(page.Events, cancel), page.Position, cancel, anchor);
        }
        catch (Exception e) when (IsAboutAnEvent(e) && page.Events.Count > 0)
        {
            await ApplyOneByOneAsync(page, anchor, cancel);
        }
    }

    private async Task ApplyOneByOneAsync(LogPage page, CheckpointAnchor? anchor, CancellationToken cancel)
    {
        foreach (var recorded in page.Events)
        {
            try
            {
                await Projection.ApplyAsync(await DecodeAsync([recorded], cancel), recorded.Position, cancel);
            }
            catch (Exception e) when (IsAboutAnEvent(e))
            {
                throw new PoisonousEventException(new(recorded.Position, recorded.Stream, e.GetType().Name, recorded.Type, FailureText.Of(e)), e);
            }
        }

        await Projection.ApplyAsync([], page.Position, cancel, anchor);
    }

    private ValueTask<IReadOnlyList<ProjectedEvent>> DecodeAsync(IReadOnlyList<RecordedEvent> events, CancellationToken cancel) =>
        codec.ForModelAsync(events, _carrying, cancel);

    /// <summary>A full disk or a busy file is no fault of the event.</summary>
    internal static bool IsAboutAnEvent(Exception e) => e is not (OperationCanceledException or CheckpointMovedException or CheckpointMismatchException or EventLogException
        or SqliteException
    {
        SqliteErrorCode: SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED or SQLitePCL.raw.SQLITE_FULL
            or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_NOMEM
    }
        or IOException or UnauthorizedAccessException or ObjectDisposedException);
}

public enum ProjectionState
{
    Starting,
    CatchingUp,
    Live,

    /// <summary>Something that it needs is missing; it tries again by itself.</summary>
    Waiting,

    /// <summary>An event cannot be applied; an operator has to correct the code or the model.</summary>
    Stopped,

    /// <summary>The checkpoint does not fit the log: an older or another log was put in its place. To be rebuilt.</summary>
    NotOfThisLog,
}

/// <param name="Failure">What it met last; null when all is well.</param>
public sealed record ProjectionStatus(ProjectionState State, ProjectionFailure? Failure)
{
    /// <summary>Set in the state <see cref="ProjectionState.NotOfThisLog"/>.</summary>
    public CheckpointFault? Fault { get; init; }
}

/// <param name="Position">Of the event.</param>
/// <param name="Stream">Of the event; null where no single event is to blame.</param>
/// <param name="Error">The kind of the error.</param>
/// <param name="Type">Of the event.</param>
/// <param name="Reason">The text of the error, where it is known to hold no personal data; null otherwise.</param>
public sealed record ProjectionFailure(LogPosition Position, string? Stream, string Error, string? Type = null, string? Reason = null)
{
    /// <summary>The kind of the error, with its text where there is one.</summary>
    public string Description => Reason is null ? Error : $"{Error} ({Reason.TrimEnd('.')})";
}

internal sealed class PoisonousEventException(ProjectionFailure failure, Exception inner)
    : Exception("An event could not be applied.", inner)
{
    public ProjectionFailure Failure { get; } = failure;
}
