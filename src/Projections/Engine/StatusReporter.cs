using System.Diagnostics;

namespace Cqrs.Projections.Engine;

/// <summary>
/// What a runner says of itself: at once to this process; to others by way of the model's file, when it has changed and
/// every other second. The same way back come their requests to try an event again.
/// </summary>
internal sealed class StatusReporter(IProjection projection)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);

    private volatile Told _told = new(new(ProjectionState.Starting, Failure: null), DateTimeOffset.UtcNow);
    private long _applied;

    public ProjectionStatus Status => _told.Status;

    public void Set(ProjectionStatus status) => _told = new(status, DateTimeOffset.UtcNow);

    /// <summary>So many events more are in the model, and all is well.</summary>
    public void Applied(int events, ProjectionState state)
    {
        Interlocked.Add(ref _applied, events);
        if (Status.State != state) Set(new(state, Failure: null));
    }

    /// <summary>Leaves word until cancelled.</summary>
    /// <param name="resume">Tries the event that stopped the projection.</param>
    public async Task RunAsync(Action resume, CancellationToken cancel)
    {
        Told? written = null, tried = null;
        var (asked, answered, writtenAt, rate) = (-1L, -1L, 0L, new Rate());
        while (!cancel.IsCancellationRequested)
        {
            var told = _told;
            var isStopped = told.Status.State == ProjectionState.Stopped;

            // A request is answered when something else can be told than before it.
            if (tried is not null && told != tried) (answered, tried, written) = (asked, null, null);
            if (told != written || isStopped || Stopwatch.GetElapsedTime(writtenAt) >= Beat)
            {
                var report = new ProjectionReport(told.Status, rate.Of(Volatile.Read(ref _applied)), Math.Max(0, answered), told.Since);
                if (await TryReportAsync(report, cancel) is { } newest)
                {
                    (written, writtenAt, asked) = (told, Stopwatch.GetTimestamp(), newest);
                    if (answered < 0 || !isStopped) answered = tried is null ? asked : answered;
                    else if (asked != answered && tried is null)
                    {
                        tried = told;
                        resume();
                    }
                }
            }

            await Task.Delay(Glance, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A file that cannot be written now is told of by the projection itself.
    private async Task<long?> TryReportAsync(ProjectionReport report, CancellationToken cancel)
    {
        try
        {
            return await projection.ReportAsync(report, cancel);
        }
        catch (Exception)
        {
            return null;
        }
    }

    private sealed record Told(ProjectionStatus Status, DateTimeOffset Since);

    /// <summary>Events a second over the last window.</summary>
    private sealed class Rate
    {
        private long _begun = Stopwatch.GetTimestamp();
        private long _before;
        private double _rate;

        public double Of(long applied)
        {
            if (Stopwatch.GetElapsedTime(_begun) is var time && time < Window) return _rate;
            _rate = (applied - _before) / time.TotalSeconds;
            (_begun, _before) = (Stopwatch.GetTimestamp(), applied);
            return _rate;
        }
    }
}
