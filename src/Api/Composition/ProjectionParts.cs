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
        return services.AddHostedService<ProjectionService>();
    }
}

/// <summary>Runs the projections and the bits side by side.</summary>
internal sealed partial class ProjectionService(
    IEnumerable<ProjectionRunner> runners, ChangedBitsWriter bits, ILogger<ProjectionService> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bits.OnFailure = failure => Failed(ChangedBitsWriter.Name, failure.Error, failure.Position.Value);
        bits.OnMismatch = fault => Mismatches.Report(logger, ChangedBitsWriter.Name, fault, Mismatches.ResetVerb(ChangedBitsWriter.Name));
        var running = runners.Select(runner =>
        {
            runner.OnFailure = failure => Failed(runner.Projection.Name, failure.Error, failure.Position.Value);
            var name = runner.Projection.Name;
            runner.OnMismatch = fault => Mismatches.Report(logger, $"projection {name}", fault, Mismatches.RebuildVerb(name));
            return Task.Run(() => runner.RunAsync(stoppingToken), stoppingToken);
        });
        return Task.WhenAll([.. running, Task.Run(() => bits.RunAsync(stoppingToken), stoppingToken)]);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Projection {Projection} met {Error} at position {Position}.")]
    private partial void Failed(string projection, string error, long position);
}
