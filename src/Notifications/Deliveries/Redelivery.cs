using Cqrs.EventStore.Following;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Deliveries;

/// <summary>Looks again and again for what is due: after a failure, after a crash, or because a person wants it replayed.</summary>
public sealed class Redelivery(IDeliveries deliveries, Dispatcher dispatcher, IMessageBus bus, TimeProvider clock)
{
    private const int AtOnce = 100;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);
    private static readonly GrowingWait AfterFailure = new(Glance, TimeSpan.FromSeconds(30));

    private volatile string? _failure;

    /// <summary>The kind of the error that the last look met; null when all is well.</summary>
    public string? Failure => _failure;

    /// <summary>Called after each failure; the next look follows after a growing wait.</summary>
    public Action<Exception>? OnFailure { get; set; }

    /// <summary>Called after a look that succeeded when one or more before it failed.</summary>
    public Action? OnRecovery { get; set; }

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var (failures, isFirst) = (0, true);
        while (!cancel.IsCancellationRequested)
        {
            var wait = Glance;
            try
            {
                if (isFirst && bus.ForgetsAtTheEnd) await deliveries.HandedAreLostAsync(cancel);
                isFirst = false;
                if (await dispatcher.DispatchDueAsync(AtOnce, cancel) == AtOnce) wait = TimeSpan.Zero;
                if (failures > 0) OnRecovery?.Invoke();
                (failures, _failure) = (0, null);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                wait = AfterFailure.After(failures++);
                _failure = e.GetType().Name;
                OnFailure?.Invoke(e);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(wait, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
