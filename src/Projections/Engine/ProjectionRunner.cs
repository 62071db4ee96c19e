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

    // All values are checked, also those that stay sealed: a value that was changed or moved does not get into a model unnoticed.
    private readonly Carrying _carrying = new(projection.Opens, Checks: true);
    private readonly StatusReporter _reporter = new(projection);
    private volatile TaskCompletionSource _resume = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IProjection Projection { get; } = projection;

    public ProjectionStatus Status => _reporter.Status;

    /// <summary>Called after each failure: an event stops the projection, or a resource is missing and it retries.</summary>
    public Action<ProjectionFailure>? OnFailure { get; set; }

    /// <summary>Called when a page was applied after one or more failures.</summary>
    public Action? OnRecovery { get; set; }

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
                // Another process applied the events and moved the checkpoint; go on from there.
            }
            catch (Exception e)
            {
                _reporter.Set(new(ProjectionState.Waiting, new(Projection.Position, Stream: null, e.GetType().Name)));
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
        var position = await Projection.ReloadAsync(cancel);
        var pace = new Pace(Interval, clock, HurriedInterval);
        await foreach (var page in log.SubscribeAsync(position, Projection.Filter, PageSize, cancel))
        {
            if (page.Position > Projection.Position) await ApplyAsync(page, cancel);
            applied();
            _reporter.Applied(page.Events.Count, page.IsEnd ? ProjectionState.Live : ProjectionState.CatchingUp);
            if (page.IsEnd) await pace.NextAsync(cancel, Projection.HurriedAsync());
        }
    }

    private async Task ApplyAsync(LogPage page, CancellationToken cancel)
    {
        try
        {
            await Projection.ApplyAsync(await DecodeAsync(page.Events, cancel), page.Position, cancel);
        }
        catch (Exception e) when (IsAboutAnEvent(e) && page.Events.Count > 0)
        {
            await ApplyOneByOneAsync(page, cancel);
        }
    }

    private async Task ApplyOneByOneAsync(LogPage page, CancellationToken cancel)
    {
        foreach (var recorded in page.Events)
        {
            try
            {
                await Projection.ApplyAsync(await DecodeAsync([recorded], cancel), recorded.Position, cancel);
            }
            catch (Exception e) when (IsAboutAnEvent(e))
            {
                throw new PoisonousEventException(new(recorded.Position, recorded.Stream, e.GetType().Name, recorded.Type), e);
            }
        }

        await Projection.ApplyAsync([], page.Position, cancel);
    }

    private ValueTask<IReadOnlyList<ProjectedEvent>> DecodeAsync(IReadOnlyList<RecordedEvent> events, CancellationToken cancel) =>
        codec.ForModelAsync(events, _carrying, cancel);

    /// <summary>A full disk or a busy file is no fault of the event.</summary>
    internal static bool IsAboutAnEvent(Exception e) => e is not (OperationCanceledException or CheckpointMovedException
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

    /// <summary>An event cannot be applied; somebody has to mend that.</summary>
    Stopped,
}

/// <param name="Failure">What it met last; null when all is well.</param>
public sealed record ProjectionStatus(ProjectionState State, ProjectionFailure? Failure);

/// <param name="Position">Of the event.</param>
/// <param name="Stream">Of the event; null where no single event is to blame.</param>
/// <param name="Error">The kind of the error; never its text, which may hold what must not be shown.</param>
/// <param name="Type">Of the event.</param>
public sealed record ProjectionFailure(LogPosition Position, string? Stream, string Error, string? Type = null);

internal sealed class PoisonousEventException(ProjectionFailure failure, Exception inner)
    : Exception("An event could not be applied.", inner)
{
    public ProjectionFailure Failure { get; } = failure;
}
