using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.Log;

namespace Cqrs.Api.Composition.Outages;

/// <summary>
/// Probes the log's server: at the start, and whenever a call failed or a connection broke. Once it does not answer, it
/// is probed until it does. Each change of state is one log line.
/// </summary>
internal sealed partial class LogWatch(
    EsdbEventLog log, LogAvailability availability, Supervisor supervisor, TimeProvider clock, ILogger<LogWatch> logger)
    : SupervisedService(supervisor)
{
    /// <summary>The longest that a probe takes; the connection's own deadline may be shorter.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BetweenProbes = TimeSpan.FromSeconds(1);

    protected override async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            var outage = await ProbeAsync(stop);
            Change(availability.Outage, outage);
            await Task.Delay(BetweenProbes, clock, stop);
            if (outage is null) await availability.DoubtedAsync(stop);
        }
    }

    private async Task<Outage?> ProbeAsync(CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        try
        {
            await log.HeadAsync(limit.Token);
            return null;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new(EventLogErrors.Timeout, $"The server of the log did not answer within {Limit.TotalSeconds} s.", clock.GetTimestamp());
        }
        catch (EventLogException e)
        {
            return new(e.Code, e.Message, clock.GetTimestamp());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(e.GetType().Name, $"The server of the log cannot be used ({e.GetType().Name}).", clock.GetTimestamp());
        }
    }

    private void Change(Outage? before, Outage? now)
    {
        if (now is not null && before is not null) now = now with { Since = before.Since };
        availability.Set(now);
        if (now is null && before is not null) Available(clock.GetElapsedTime(before.Since).TotalSeconds);
        else if (now is not null && !now.IsSameAs(before)) NotAvailable(now.Code, now.Message.TrimEnd('.'));
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The log is not available ({Code}): {Detail}. Commands answer 503; the server is probed until it answers, and background work waits for it.")]
    private partial void NotAvailable(string code, string detail);

    [LoggerMessage(Level = LogLevel.Information, Message = "The log is available again after {Seconds:N0} s; background work goes on from where it was.")]
    private partial void Available(double seconds);
}
