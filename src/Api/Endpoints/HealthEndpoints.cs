using Cqrs.Api.Composition;
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

/// <summary>Is the process alive, and is it ready to serve? Each dependency is told by name.</summary>
public static class HealthEndpoints
{
    private const string Ok = "ok";
    private const string Failing = "failing";

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("alive"))
            .Describe("live", "Operations", "Is the process alive?")
            .Answers<string>(200);
        routes.MapGet("/health/ready", async (IServiceProvider services, CancellationToken cancel) =>
        {
            var dependencies = new Dictionary<string, DependencyHealth>();
            dependencies["log"] = await AskAsync(async () => (await services.GetRequiredService<IEventLog>().HeadAsync(cancel)).Value);
            dependencies["keys"] = await AskAsync(async () =>
            {
                await services.GetRequiredService<ISystemKeys>().GetOrCreateSystemKeyAsync("health", cancel);
                return null;
            });
            dependencies["mailboxes"] = await AskAsync(async () =>
            {
                await services.GetRequiredService<IMailboxes>().PollAsync(default(BitName), mailboxes: default, cancel);
                return null;
            });
            dependencies["videos"] = await AskAsync(async () =>
            {
                await services.GetRequiredService<IVideoStore>().CheckAsync(cancel);
                return null;
            });
            foreach (var runner in services.GetServices<ProjectionRunner>())
                dependencies[$"projection {runner.Projection.Name}"] = Of(runner);
            if (services.GetService<ChangedBitsWriter>() is { } bits) dependencies["changed bits"] = Of(bits.Status, position: null, Mismatches.ResetVerb(ChangedBitsWriter.Name));
            foreach (var running in services.GetServices<RunningFollower>())
            {
                var status = running.Follower.Status;
                var detail = status.Fault is { } fault ? Mismatches.Detail(fault, Mismatches.ResetVerb(running.Follower.Name)) : status.Failure;
                dependencies[running.Follower.Name] = new(status.Failure is null ? Ok : Failing, status.Position.Value, detail);
            }

            if (services.GetService<ParkedMessages>() is { } parked)
                dependencies["deliveries"] = await DeliveriesAsync(parked, services.GetRequiredService<Redelivery>(), cancel);

            var isReady = dependencies.Values.All(dependency => dependency.Status == Ok);
            return Results.Json(
                new HealthResponse(isReady ? "ready" : "not-ready", dependencies), JsonTypes.Contract.HealthResponse,
                statusCode: isReady ? 200 : 503);
        })
            .Describe("ready", "Operations", "Is it ready to serve? Each dependency is told by name")
            .Answers<HealthResponse>(200).Answers<HealthResponse>(503);
    }

    private static async Task<DependencyHealth> AskAsync(Func<Task<long?>> ask)
    {
        try
        {
            return new(Ok, await ask());
        }
        catch (Exception e)
        {
            return new(Failing, Detail: e.GetType().Name);
        }
    }

    // What is parked waits for a person, and the server serves meanwhile.
    private static async Task<DependencyHealth> DeliveriesAsync(ParkedMessages parked, Redelivery redelivery, CancellationToken cancel)
    {
        if (redelivery.Failure is { } failure) return new(Failing, Detail: failure);
        var count = 0;
        var health = await AskAsync(async () =>
        {
            count = await parked.CountAsync(cancel);
            return null;
        });
        return count == 0 ? health : health with { Detail = $"{count} parked" };
    }

    // A model that other code built is served all the same: it is rebuilt while it is.
    private static DependencyHealth Of(ProjectionRunner runner)
    {
        var (health, version) = (Of(runner.Status, runner.Projection.Position.Value, Mismatches.RebuildVerb(runner.Projection.Name)), runner.Projection.Version);
        return version.IsStale && health.Detail is null
            ? health with { Detail = $"built by other code ({version.Built ?? "unknown"}; this is {version.Current}): cqrs projections rebuild {runner.Projection.Name}" }
            : health;
    }

    private static DependencyHealth Of(ProjectionStatus status, long? position, string verb) => status.State switch
    {
        ProjectionState.NotOfThisLog => new(Failing, position, Mismatches.Detail(status.Fault!, verb)),
        ProjectionState.Live => new(Ok, position),
        ProjectionState.Starting or ProjectionState.CatchingUp => new("catching-up", position),
        ProjectionState.Stopped => new(Failing, position, $"stopped by {status.Failure!.Error} at position {status.Failure.Position} of {status.Failure.Stream}"),
        _ => new(Failing, position, status.Failure?.Error),
    };
}
