using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.ChangedBits;

/// <summary>
/// Sets a user's bit when the version of their list has moved. It follows the lists, not the log: when a phone sees its
/// bit, the change can be fetched.
/// </summary>
/// <remarks>
/// How far it has come is the mark beside the bits. The anchor of the mark lies in <see cref="FileName"/>, not there: it
/// names a stream and so a user, and the store of the bits must not name users. Where the mark does not fit the log,
/// nothing is written until an operator has reset the bits (<c>cqrs followers reset changed-bits</c>).
/// </remarks>
/// <param name="checkpoints">Holds the anchor of the mark, under <see cref="Name"/>.</param>
public sealed class ChangedBitsWriter(
    IProjection lists, ConnectionsReader reader, IChangedBits bits, IEventLog log, ICheckpointStore checkpoints, TimeProvider clock)
{
    public const string Name = "changed-bits";

    /// <summary>The file of the anchor, in the folder of the read models.</summary>
    public const string FileName = "changed-bits.db";

    private const int PageSize = 512;
    private static readonly GrowingWait Wait = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(10));

    /// <summary>How soon bits that an operator has reset are noticed.</summary>
    private static readonly TimeSpan LooksForResetsAfter = TimeSpan.FromSeconds(2);
    private static readonly GrowingWait StandsStill = new(TimeSpan.FromMilliseconds(250), LooksForResetsAfter);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan SavesAfter = TimeSpan.FromSeconds(1);

    private volatile ProjectionStatus _status = new(ProjectionState.Starting, Failure: null);

    public ProjectionStatus Status => _status;

    /// <summary>Called after each failure to write the bits; the writer retries by itself.</summary>
    public Action<ProjectionFailure>? OnFailure { get; set; }

    /// <summary>Called when bits were written after one or more failures.</summary>
    public Action? OnRecovery { get; set; }

    /// <summary>Called once when the mark is found not to fit the log, and with null when it fits again.</summary>
    public Action<CheckpointFault?>? OnMismatch { get; set; }

    /// <summary>The mark as a checkpoint: from the bits how far they have come, from the other store the anchor.</summary>
    public static async ValueTask<Checkpoint> CheckpointAsync(IChangedBits bits, ICheckpointStore checkpoints, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(bits);
        ArgumentNullException.ThrowIfNull(checkpoints);
        return await checkpoints.LoadAsync(Name, cancel) with { Position = new(await bits.LoadMarkAsync(cancel)) };
    }

    /// <summary>
    /// Does the mark fit the log? Other than a follower of the log, the writer cannot go on from an anchor when the log
    /// ends before the mark: bits may be set at versions that lie between the two.
    /// </summary>
    public static async ValueTask<CheckpointFault?> FaultAsync(IEventLog log, Checkpoint checkpoint, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (await CheckpointCheck.FaultAsync(log, checkpoint, cancel) is { } fault) return fault;
        if (checkpoint.Position == LogPosition.Start) return null;
        var end = await log.EndAsync(cancel);
        return checkpoint.Position > end ? new(CheckpointFaultKind.Ahead, checkpoint, end) : null;
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var tries = 0;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(
                    () =>
                    {
                        if (tries > 0) OnRecovery?.Invoke();
                        tries = 0;
                    },
                    cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (CheckpointResetException)
            {
                // Goes on from the mark that the operator has set.
            }
            catch (CheckpointMismatchException mismatch)
            {
                StandStill(mismatch.Fault);
                await Task.Delay(StandsStill.After(tries++), clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e)
            {
                _status = new(ProjectionState.Waiting, new(LogPosition.Start, Stream: null, e.GetType().Name, Reason: FailureText.Of(e))) { Fault = _status.Fault };
                OnFailure?.Invoke(_status.Failure!);
                await Task.Delay(Wait.After(tries++), clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(Action succeeded, CancellationToken cancel)
    {
        var checkpoint = await LoadFittingAsync(cancel);
        if (!await AreListsOfThisLogAsync(cancel)) return;

        var (pace, mark, saved, savedAt) = (new Pace(Interval, clock), checkpoint.Position, LogPosition.Start, 0L);
        while (true)
        {
            mark = await TellAsync(mark, cancel);
            if (mark > saved && (saved == LogPosition.Start || clock.GetElapsedTime(savedAt) > SavesAfter))
            {
                // The anchor of the lists lies at or before their position, and so at or before the mark.
                checkpoint = checkpoint with { Position = mark, Anchor = (await lists.CheckpointAsync(cancel)).Anchor };
                await checkpoints.SaveAsync(Name, checkpoint, cancel);
                (saved, savedAt) = (mark, clock.GetTimestamp());
            }

            _status = new(ProjectionState.Live, Failure: null);
            succeeded();
            await pace.NextAsync(cancel);
            if (!await HaveMovedAsync(mark, cancel)) await EnsureNotResetAsync(checkpoint, cancel);
        }
    }

    /// <returns>False when the lists have not moved for a while.</returns>
    private async ValueTask<bool> HaveMovedAsync(LogPosition mark, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(LooksForResetsAfter, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        var moved = lists.WaitAsync(new(mark.Value + 1), either.Token);
        await moved.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancel.ThrowIfCancellationRequested();
        if (moved.IsCanceled) return false;
        await moved;
        return true;
    }

    private async ValueTask EnsureNotResetAsync(Checkpoint checkpoint, CancellationToken cancel)
    {
        if ((await checkpoints.LoadAsync(Name, cancel)).Resets != checkpoint.Resets) throw new CheckpointResetException(Name);
    }

    /// <exception cref="CheckpointMismatchException">The mark does not fit the log.</exception>
    private async ValueTask<Checkpoint> LoadFittingAsync(CancellationToken cancel)
    {
        var checkpoint = await CheckpointAsync(bits, checkpoints, cancel);

        // A log that grows past a mark without an anchor seems to fit again, and does not.
        var found = _status.Fault;
        if (found is not null && found.Kind is CheckpointFaultKind.Ahead && found.Checkpoint == checkpoint) throw new CheckpointMismatchException(found);
        if (await FaultAsync(log, checkpoint, cancel) is { } fault) throw new CheckpointMismatchException(fault);
        if (found is null) return checkpoint;
        _status = new(ProjectionState.CatchingUp, Failure: null);
        OnMismatch?.Invoke(null);
        return checkpoint;
    }

    /// <summary>Waits a while where the lists are those of another log: their runner reports that, and they have to be rebuilt first.</summary>
    private async ValueTask<bool> AreListsOfThisLogAsync(CancellationToken cancel)
    {
        if (await CheckpointCheck.FaultAsync(log, await lists.CheckpointAsync(cancel), cancel) is null) return true;
        _status = new(ProjectionState.Waiting, new(LogPosition.Start, Stream: null, $"waits until projection {lists.Name} fits the log"));
        await Task.Delay(StandsStill.Longest, clock, cancel);
        return false;
    }

    private void StandStill(CheckpointFault fault)
    {
        var isNew = _status.Fault is null;
        _status = new(ProjectionState.NotOfThisLog, new(fault.Checkpoint.Position, Stream: null, fault.Code)) { Fault = fault };
        if (isNew) OnMismatch?.Invoke(fault);
    }

    private async Task<LogPosition> TellAsync(LogPosition mark, CancellationToken cancel)
    {
        while (true)
        {
            // The position first: lists that change after it was read come with the next round.
            var upTo = lists.Position;
            var changed = await reader.ChangedSinceAsync(mark.Value, PageSize, cancel);
            var isLast = changed.Count < PageSize;
            var next = isLast ? upTo : new(changed[^1].Version);
            if (next <= mark && changed.Count == 0) return mark;
            if (next < mark) next = mark;
            await bits.SetAsync([.. changed.Where(list => list.Bit is not null).Select(list => new ChangedBit(list.Bit!.Value, list.Version))], next.Value, cancel);
            mark = next;
            if (isLast) return mark;
        }
    }
}
