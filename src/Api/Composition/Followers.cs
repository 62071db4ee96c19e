using Cqrs.Api.Composition.Outages;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;

namespace Cqrs.Api.Composition;

/// <summary>A follower of the log with what runs it, for as long as the process lives.</summary>
internal sealed record RunningFollower(LogFollower Follower, Func<LogFollower, CancellationToken, Task> Run)
{
    /// <summary>Called when the checkpoint is found not to fit the log, and with null when it fits again.</summary>
    public Action<CheckpointFault?>? OnMismatch { get; init; }
}

internal static class Followers
{
    public static void AddFollower(
        this IServiceCollection services, Func<IServiceProvider, (LogFollower Follower, Func<LogFollower, CancellationToken, Task> Run)> make,
        Action<IServiceProvider, CheckpointFault?>? onMismatch = null)
    {
        services.AddSingleton(s =>
        {
            var (follower, run) = make(s);
            return new RunningFollower(follower, run) { OnMismatch = fault => onMismatch?.Invoke(s, fault) };
        });
    }
}

/// <summary>Runs all followers side by side; each retries by itself, and /health/ready shows its state.</summary>
internal sealed partial class FollowerService(IEnumerable<RunningFollower> followers, Supervisor supervisor, ILogger<FollowerService> logger)
    : SupervisedService(supervisor)
{
    private static readonly TimeSpan LooksForResetsAfter = TimeSpan.FromSeconds(2);

    protected override Task RunAsync(CancellationToken stop) => AllAsync(followers.Select(running =>
    {
        var (follower, changes) = (running.Follower, new StateChanges());
        follower.LooksForResetsAfter = LooksForResetsAfter;
        follower.OnMismatch = fault =>
        {
            Mismatches.Report(logger, follower.Name, fault, Mismatches.ResetVerb(follower.Name));
            running.OnMismatch?.Invoke(fault);
        };
        follower.OnFailure = (error, wait) =>
        {
            // The outage itself is logged once, by LogWatch.
            if (error is EventLogException { Code: EventLogErrors.Unreachable or EventLogErrors.Timeout }) return;
            var failure = follower.Status.Failure ?? error.GetType().Name;
            if (changes.Fails(failure)) Failed(follower.Name, failure, follower.Status.Position.Value, wait.TotalSeconds);
        };
        follower.OnRecovery = () =>
        {
            if (changes.Works()) Recovered(follower.Name, follower.Status.Position.Value);
        };
        return Task.Run(() => running.Run(follower, stop), stop);
    }), stop);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Follower} failed with {Error}; it retries from position {Position} in {Seconds} s, and then with growing waits until it succeeds.")]
    private partial void Failed(string follower, string error, long position, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Follower} works again, at position {Position}.")]
    private partial void Recovered(string follower, long position);
}
