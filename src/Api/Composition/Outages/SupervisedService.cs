namespace Cqrs.Api.Composition.Outages;

/// <summary>
/// Background work that is expected to run until the process stops. When it ends earlier, for whatever reason, the
/// <see cref="Supervisor"/> ends the process: a server without it would look alive and do only a part of its work.
/// </summary>
internal abstract class SupervisedService(Supervisor supervisor) : BackgroundService
{
    /// <summary>Runs until cancelled; failures that can pass are handled within.</summary>
    protected abstract Task RunAsync(CancellationToken stop);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // The start of the server does not wait for the first steps of background work.
            await Task.Yield();
            await RunAsync(stoppingToken);
            if (!stoppingToken.IsCancellationRequested) supervisor.Ended(GetType().Name, error: null);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
        catch (Exception e)
        {
            supervisor.Ended(GetType().Name, e);
        }
    }

    /// <summary>Waits for all; the first one that fails is reported at once, also while the others go on.</summary>
    /// <param name="tasks">None: there is nothing to do until the server stops.</param>
    protected static async Task AllAsync(IEnumerable<Task> tasks, CancellationToken stop)
    {
        var running = tasks.ToList();
        if (running.Count == 0) await Task.Delay(Timeout.Infinite, stop);
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running);
            running.Remove(ended);
            await ended;
        }
    }
}
