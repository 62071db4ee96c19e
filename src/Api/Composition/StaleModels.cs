using System.Diagnostics;
using Cqrs.Api.Composition.Outages;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Rebuilding;

namespace Cqrs.Api.Composition;

/// <summary>
/// Rebuilds read models that other code built, beside the live ones, which are served meanwhile. Without it a model whose
/// schema has changed would stop at the first event that touches the change, until an operator rebuilds it.
/// </summary>
/// <param name="rebuilds">False: only says that a model is stale, and which verb rebuilds it.</param>
internal sealed partial class StaleModels(
    string folder, IReadOnlyList<ISqliteModel> models, IEnumerable<IProjection> projections, IEventLog log, EventCodec codec, bool rebuilds,
    ILogger<StaleModels> logger)
{
    private static readonly GrowingWait Wait = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    /// <summary>How often a model is checked again while another process rebuilds it, or while it does not fit the log.</summary>
    private static readonly TimeSpan LooksAgainAfter = TimeSpan.FromSeconds(2);

    /// <summary>The text for health; null for a model that this code built.</summary>
    public string? HintOf(IProjection projection) => projection.Version is not { IsStale: true } version
        ? null
        : $"built by other code ({version.Built ?? "unknown"}; this is {version.Current}): "
            + (rebuilds ? "the server rebuilds it" : $"cqrs projections rebuild {projection.Name}");

    /// <summary>Ends when no model is stale any more, or when this process can rebuild none of the stale ones.</summary>
    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(projections.Where(projection => projection.Version.IsStale).Select(projection =>
    {
        var (name, version) = (projection.Name, projection.Version);
        if (rebuilds) Rebuilds(name, version.Built ?? "unknown", version.Current);
        else IsStale(name, version.Built ?? "unknown", version.Current);
        return rebuilds ? Task.Run(() => RebuildAsync(projection, cancel), cancel) : Task.CompletedTask;
    }));

    private async Task RebuildAsync(IProjection projection, CancellationToken cancel)
    {
        var model = models.Single(model => model.Name == projection.Name);
        for (var tries = 0; projection.Version.IsStale; tries++)
        {
            try
            {
                // A model that does not fit the log is left to an operator: the wrong log may have been restored.
                if (await CheckpointCheck.FaultAsync(log, await projection.CheckpointAsync(cancel), cancel) is null)
                {
                    var begun = Stopwatch.GetTimestamp();
                    var done = await new Rebuild(folder, model, log, codec).RunAsync(cancel);
                    Rebuilt(model.Name, done.Applied, Math.Round(Stopwatch.GetElapsedTime(begun).TotalSeconds, 1));
                    return;
                }

                await Task.Delay(LooksAgainAfter, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (LeaseHeldException)
            {
                await Task.Delay(LooksAgainAfter, cancel);
            }
            catch (RebuildStoppedException e)
            {
                Stopped(model.Name, e.Failure.Position.Value, e.Failure.Type, e.Failure.Stream, e.Failure.Description, model.Name);
                return;
            }
            catch (Exception e)
            {
                var wait = Wait.After(tries);
                Failed(model.Name, e.GetType().Name, wait.TotalSeconds);
                await Task.Delay(wait, cancel);
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Read model {Model} was built by other code ({Built}; this is {Current}). The server rebuilds it beside the old one, which is served meanwhile. Projections:RebuildStale=false turns this off.")]
    private partial void Rebuilds(string model, string built, string current);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Read model {Model} was built by other code ({Built}; this is {Current}). It is served as it is and may stop at an event that this code cannot apply to it. To rebuild it while the server runs: cqrs projections rebuild --stale.")]
    private partial void IsStale(string model, string built, string current);

    [LoggerMessage(Level = LogLevel.Information, Message = "Read model {Model} is rebuilt: {Events} events in {Seconds} s. It is served from now on.")]
    private partial void Rebuilt(string model, long events, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rebuild of read model {Model} failed with {Error}; it goes on in {Seconds} s. The old model is served meanwhile.")]
    private partial void Failed(string model, string error, double seconds);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Read model {Model} cannot be rebuilt: the event {Type} at position {Position} of stream {Stream} cannot be applied: {Error}. The old model is served. Mend the code, then run cqrs projections rebuild {Name}.")]
    private partial void Stopped(string model, long position, string? type, string? stream, string error, string name);
}

/// <summary>Rebuilds stale read models in the background.</summary>
internal sealed class StaleModelService(StaleModels models, Supervisor supervisor) : SupervisedService(supervisor)
{
    protected override async Task RunAsync(CancellationToken stop)
    {
        await models.RunAsync(stop);
        await Task.Delay(Timeout.Infinite, stop);
    }
}
