namespace Cqrs.Survival.Tests.Processes;

/// <summary>Waits for conditions, never for a clock; the deadline is only there to end what hangs.</summary>
internal static class Waiting
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? patience = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, patience);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? Patience);
        using var often = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        try
        {
            while (!await condition()) await often.WaitForNextTickAsync(deadline.Token);
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited in vain: {what}.", e);
        }
    }
}
