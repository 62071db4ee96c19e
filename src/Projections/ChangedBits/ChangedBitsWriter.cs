using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.ChangedBits;

/// <summary>
/// Sets a user's bit when the version of his list has moved. It follows the lists, not the log: when a phone sees its
/// bit, the change is there to be fetched.
/// </summary>
public sealed class ChangedBitsWriter(IProjection lists, ConnectionsReader reader, IChangedBits bits, TimeProvider clock)
{
    private const int PageSize = 512;
    private static readonly GrowingWait Wait = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(10));
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private volatile ProjectionStatus _status = new(ProjectionState.Starting, Failure: null);

    public ProjectionStatus Status => _status;

    /// <summary>Called after each failure to write the bits; the writer retries by itself.</summary>
    public Action<ProjectionFailure>? OnFailure { get; set; }

    /// <summary>Called when bits were written after one or more failures.</summary>
    public Action? OnRecovery { get; set; }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var tries = 0;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var pace = new Pace(Interval, clock);
                var mark = new LogPosition(await bits.LoadMarkAsync(cancel));
                while (true)
                {
                    mark = await TellAsync(mark, cancel);
                    _status = new(ProjectionState.Live, Failure: null);
                    if (tries > 0) OnRecovery?.Invoke();
                    tries = 0;
                    await pace.NextAsync(cancel);
                    await lists.WaitAsync(new(mark.Value + 1), cancel);
                }
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                _status = new(ProjectionState.Waiting, new(LogPosition.Start, Stream: null, e.GetType().Name));
                OnFailure?.Invoke(_status.Failure!);
                await Task.Delay(Wait.After(tries++), clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
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
