namespace Cqrs.EventStore.Following;

internal static class Delays
{
    /// <summary>Waits for so long, but no longer than until the task is complete; how that one ends is not told here.</summary>
    public static async Task DelayAsync(this TimeProvider clock, TimeSpan longest, Task sooner, CancellationToken cancel)
    {
        if (sooner.IsCompleted) return;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny(sooner, Task.Delay(longest, clock, over.Token));
        await over.CancelAsync();
        cancel.ThrowIfCancellationRequested();
    }
}
