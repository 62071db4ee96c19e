namespace Cqrs.Api.Composition.Outages;

/// <summary>Stops the process when background work ends that must not end.</summary>
public sealed partial class Supervisor(IHostApplicationLifetime lifetime, ILogger<Supervisor> logger)
{
    private readonly TaskCompletionSource _faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The name of the work that ended; null while all of it runs.</summary>
    public string? Failed { get; private set; }

    /// <summary>Completes when background work has ended; the server stops then.</summary>
    public Task Faulted => _faulted.Task;

    internal void Ended(string name, Exception? error)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) return;
        Failed ??= name;

        // The text of an error may repeat personal data; its kind and its stack do not.
        Stopping(name, error?.GetType().FullName ?? "its own end", error?.StackTrace);
        _faulted.TrySetResult();
        lifetime.StopApplication();
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Service} ended with {Error}; the server stops, because it cannot work without that service. Restart the server.\n{Stack}")]
    private partial void Stopping(string service, string error, string? stack);
}
