using Cqrs.Api.Composition;
using Cqrs.Api.Composition.Outages;
using Cqrs.Api.Http;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Messaging.Videos;
using Cqrs.Notifications.Deliveries;
using Cqrs.Projections.ChangedBits;
using Cqrs.Projections.Engine;

namespace Cqrs.Api.Endpoints;

/// <summary>Liveness and readiness. Readiness names each dependency and answers within a few seconds, also when one hangs.</summary>
public static class HealthEndpoints
{
    private const string Ok = "ok";
    private const string Failing = "failing";

    /// <summary>A load balancer asks every few seconds and gives up soon.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Maps <c>/health/live</c> and <c>/health/ready</c>.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapRead("/health/live", () => Results.Text("alive"))
            .Describe("live", "Operations", "Is the process alive?")
            .Answers<string>(200);
        routes.MapRead("/health/ready", async (IServiceProvider services, CancellationToken cancel) =>
        {
            // Asked side by side: the slowest decides how long the answer takes, and none takes longer than the limit.
            var (log, keys) = (AskAsync(LogAsync(services, cancel), cancel), AskAsync(KeysAsync(services, cancel), cancel));
            var (mailboxes, videos) = (AskAsync(MailboxesAsync(services, cancel), cancel), AskAsync(VideosAsync(services, cancel), cancel));
            var dependencies = new Dictionary<string, DependencyHealth>
            {
                ["log"] = await log,
                ["keys"] = await keys,
                ["mailboxes"] = await mailboxes,
                ["videos"] = await videos,
            };
            foreach (var runner in services.GetServices<ProjectionRunner>())
                dependencies[$"projection {runner.Projection.Name}"] = Of(runner, services.GetRequiredService<StaleModels>());
            if (services.GetService<ChangedBitsWriter>() is { } bits) dependencies["changed bits"] = Of(bits.Status, position: null, Mismatches.ResetVerb(ChangedBitsWriter.Name));
            foreach (var running in services.GetServices<RunningFollower>())
            {
                var status = running.Follower.Status;
                var detail = status.Fault is { } fault ? Mismatches.Detail(fault, Mismatches.ResetVerb(running.Follower.Name)) : status.Failure;
                dependencies[running.Follower.Name] = new(status.Failure is null ? Ok : Failing, status.Position.Value, detail);
            }

            if (services.GetService<ParkedMessages>() is { } parked)
                dependencies["deliveries"] = await DeliveriesAsync(parked, services.GetRequiredService<Redelivery>(), cancel);

            // The process is about to end; until it has, no client should be sent here.
            if (services.GetRequiredService<Supervisor>().Failed is { } failed) dependencies[failed] = new(Failing);
            var isReady = dependencies.Values.All(dependency => dependency.Status == Ok);
            return Results.Json(
                new HealthResponse(isReady ? "ready" : "not-ready", dependencies), JsonTypes.Contract.HealthResponse,
                statusCode: isReady ? 200 : 503);
        })
            .Describe("ready", "Operations", "Is it ready to serve? Each dependency is told by name")
            .Answers<HealthResponse>(200).Answers<HealthResponse>(503);
    }

    private static async Task<long?> LogAsync(IServiceProvider services, CancellationToken cancel) =>
        (await services.GetRequiredService<IEventLog>().HeadAsync(cancel)).Value;

    private static async Task<long?> KeysAsync(IServiceProvider services, CancellationToken cancel)
    {
        await services.GetRequiredService<ISystemKeys>().GetOrCreateSystemKeyAsync("health", cancel);
        return null;
    }

    private static async Task<long?> MailboxesAsync(IServiceProvider services, CancellationToken cancel)
    {
        await services.GetRequiredService<IMailboxes>().PollAsync(default(BitName), mailboxes: default, cancel);
        return null;
    }

    private static async Task<long?> VideosAsync(IServiceProvider services, CancellationToken cancel)
    {
        await services.GetRequiredService<IVideoStore>().CheckAsync(cancel);
        return null;
    }

    /// <summary>The dependency's health; failing also when it does not answer within <see cref="Limit"/>.</summary>
    private static async Task<DependencyHealth> AskAsync(Task<long?> asked, CancellationToken cancel)
    {
        try
        {
            return new(Ok, await asked.WaitAsync(Limit, cancel));
        }
        catch (TimeoutException) when (!asked.IsCompleted)
        {
            return new(Failing, Detail: $"no answer within {Limit.TotalSeconds} s");
        }
        catch (Exception e) when (StorageFaults.IsFull(e))
        {
            // Reads go on, so a load balancer must keep sending requests to this server.
            return new(Ok, Detail: "the disk is full: reads go on, writes fail. Free disk space.");
        }
        catch (EventLogException e)
        {
            return new(Failing, Detail: e.Code);
        }
        catch (Exception e)
        {
            return new(Failing, Detail: e.GetType().Name);
        }
    }

    // Parked messages wait for an operator; the server is ready all the same.
    private static async Task<DependencyHealth> DeliveriesAsync(ParkedMessages parked, Redelivery redelivery, CancellationToken cancel)
    {
        if (redelivery.Failure is { } failure) return new(Failing, Detail: failure);
        var count = 0;
        var health = await AskAsync(CountAsync(), cancel);
        return count == 0 ? health : health with { Detail = $"{count} parked" };

        async Task<long?> CountAsync()
        {
            count = await parked.CountAsync(cancel);
            return null;
        }
    }

    // A model that other code built is served until its rebuild is done. The hint stands beside a failure, which it may explain.
    private static DependencyHealth Of(ProjectionRunner runner, StaleModels stale)
    {
        var health = Of(runner.Status, runner.Projection.Position.Value, Mismatches.RebuildVerb(runner.Projection.Name));
        return stale.HintOf(runner.Projection) is { } hint ? health with { Detail = health.Detail is null ? hint : $"{health.Detail}; {hint}" } : health;
    }

    private static DependencyHealth Of(ProjectionStatus status, long? position, string verb) => status.State switch
    {
        ProjectionState.NotOfThisLog => new(Failing, position, Mismatches.Detail(status.Fault!, verb)),
        ProjectionState.Live => new(Ok, position),
        ProjectionState.Starting or ProjectionState.CatchingUp => new("catching-up", position),
        ProjectionState.Stopped => new(Failing, position, $"stopped by {status.Failure!.Description} at position {status.Failure.Position} of {status.Failure.Stream}"),
        _ => new(Failing, position, status.Failure?.Description),
    };
}
