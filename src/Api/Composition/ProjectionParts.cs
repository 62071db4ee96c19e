using Cqrs.Api.Composition.Outages;
using Cqrs.Api.Configuration;
using Cqrs.Api.Http;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Tables;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Projections.ChangedBits;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Users;

namespace Cqrs.Api.Composition;

/// <summary>The read side: read models, those who ask them, and the bits.</summary>
internal static class ProjectionParts
{
    /// <summary>Where the read models lie.</summary>
    public static string FolderOf(Settings settings) => FolderOf(settings.Data);

    /// <summary>Where the read models lie in a data folder.</summary>
    public static string FolderOf(string data) => Path.Combine(data, "projections");

    /// <summary>What each read model consists of.</summary>
    public static IServiceCollection AddModels(this IServiceCollection services)
    {
        services.AddSingleton<UsersModel>().AddSingleton<ISqliteModel>(s => s.GetRequiredService<UsersModel>());
        return services.AddSingleton<ConnectionsModel>().AddSingleton<ISqliteModel>(s => s.GetRequiredService<ConnectionsModel>());
    }

    public static IServiceCollection AddReadModels(this IServiceCollection services, Settings settings)
    {
        var folder = FolderOf(settings);
        services.AddModels();
        services.AddKeyedSingleton("users", (s, _) => SqliteProjection.Open(folder, s.GetRequiredService<UsersModel>()));
        services.AddKeyedSingleton("connections", (s, _) => SqliteProjection.Open(folder, s.GetRequiredService<ConnectionsModel>()));
        services.AddSingleton<IProjection>(s => s.GetRequiredKeyedService<SqliteProjection>("users"));
        services.AddSingleton<IProjection>(s => s.GetRequiredKeyedService<SqliteProjection>("connections"));
        services.AddSingleton(s => new UsersReader(folder, s.GetRequiredService<UsersModel>(), s.GetRequiredService<PersonalSealer>()));
        services.AddSingleton(s => new ConnectionsReader(folder, s.GetRequiredService<ConnectionsModel>(), s.GetRequiredService<PersonalSealer>()));
        services.AddSingleton(s => new ReadPositions(
            s.GetServices<IProjection>(), s.GetRequiredService<IEventLog>(), settings.Plays(Role.Projections), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<QueryPipeline>();
        services.AddSingleton<ChangedBitClearing>();
        return services;
    }

    public static IServiceCollection AddProjections(this IServiceCollection services, Settings settings)
    {
        foreach (var name in new[] { "users", "connections" })
        {
            services.AddSingleton(s => new ProjectionRunner(
                s.GetRequiredKeyedService<SqliteProjection>(name), s.GetRequiredService<IEventLog>(),
                s.GetRequiredService<EventCodec>(), s.GetRequiredService<TimeProvider>()));
        }

        services.AddSingleton(_ => SqliteCheckpoints.Open(FolderOf(settings), ChangedBitsWriter.FileName));
        services.AddSingleton(s => new ChangedBitsWriter(
            s.GetRequiredKeyedService<SqliteProjection>("connections"), s.GetRequiredService<ConnectionsReader>(),
            s.GetRequiredService<IChangedBits>(), s.GetRequiredService<IEventLog>(), s.GetRequiredService<SqliteCheckpoints>(),
            s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new StaleModels(
            FolderOf(settings), [.. s.GetServices<ISqliteModel>()], s.GetServices<IProjection>(), s.GetRequiredService<IEventLog>(),
            s.GetRequiredService<EventCodec>(), settings.RebuildsStaleModels, s.GetRequiredService<ILogger<StaleModels>>()));
        services.AddHostedService<StaleModelService>();
        return services.AddHostedService<ProjectionService>();
    }
}

/// <summary>Runs the projections and the bits side by side.</summary>
internal sealed partial class ProjectionService(
    IEnumerable<ProjectionRunner> runners, ChangedBitsWriter bits, Supervisor supervisor, ILogger<ProjectionService> logger)
    : SupervisedService(supervisor)
{
    protected override Task RunAsync(CancellationToken stop)
    {
        var changes = new StateChanges();
        bits.OnFailure = failure => Report(changes, ChangedBitsWriter.Name, failure);
        bits.OnRecovery = () => ReportRecovery(changes, ChangedBitsWriter.Name);
        bits.OnMismatch = fault => Mismatches.Report(logger, ChangedBitsWriter.Name, fault, Mismatches.ResetVerb(ChangedBitsWriter.Name));
        var running = runners.Select(runner =>
        {
            var (own, name) = (new StateChanges(), runner.Projection.Name);
            runner.OnFailure = failure => Report(own, name, failure);
            runner.OnRecovery = () => ReportRecovery(own, name);
            runner.OnMismatch = fault => Mismatches.Report(logger, $"projection {name}", fault, Mismatches.RebuildVerb(name));
            return Task.Run(() => runner.RunAsync(stop), stop);
        });
        return AllAsync([.. running, Task.Run(() => bits.RunAsync(stop), stop)], stop);
    }

    // The same failure at the same position is a repetition.
    private void Report(StateChanges changes, string projection, ProjectionFailure failure)
    {
        if (!changes.Fails($"{failure.Error} at {failure.Position}")) return;
        if (failure.Stream is null) Failed(projection, failure.Description, failure.Position.Value);
        else Stopped(projection, failure.Position.Value, failure.Type, failure.Stream, failure.Description, projection);
    }

    private void ReportRecovery(StateChanges changes, string projection)
    {
        if (changes.Works()) Recovered(projection);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Projection {Projection} failed at position {Position} with {Error}; it retries after growing waits.")]
    private partial void Failed(string projection, string error, long position);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Projection {Projection} stopped at position {Position}: it cannot apply the event {Type} of stream {Stream}: {Error}. Nothing is skipped. Mend the code or the model, then run cqrs projections resume {Name}.")]
    private partial void Stopped(string projection, long position, string? type, string stream, string error, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "Projection {Projection} works again.")]
    private partial void Recovered(string projection);
}
