using Cqrs.EventStore.Following;

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

/// <summary>Runs all followers side by side; each mends itself, and health tells how they are.</summary>
internal sealed partial class FollowerService(IEnumerable<RunningFollower> followers, ILogger<FollowerService> logger) : BackgroundService
{
    private static readonly TimeSpan LooksForResetsAfter = TimeSpan.FromSeconds(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(followers.Select(running =>
    {
        running.Follower.LooksForResetsAfter = LooksForResetsAfter;
        running.Follower.OnMismatch = fault =>
        {
            Mismatches.Report(logger, running.Follower.Name, fault, Mismatches.ResetVerb(running.Follower.Name));
            running.OnMismatch?.Invoke(fault);
        };
        running.Follower.OnFailure = (error, wait) => Failed(running.Follower.Name, error.GetType().Name, wait.TotalSeconds);
        return Task.Run(() => running.Run(running.Follower, stoppingToken), stoppingToken);
    }));

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Follower} failed with {Error}; it tries again in {Seconds} s.")]
    private partial void Failed(string follower, string error, double seconds);
}
