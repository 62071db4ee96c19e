using Cqrs.Api.Composition.Outages;
using Cqrs.Api.Configuration;
using Cqrs.Domain.Tokens;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Api.Composition;

/// <summary>The log, the keys and what turns events into bytes.</summary>
internal static class EventStoreParts
{
    /// <param name="log">Options of the embedded log; null for those of a server.</param>
    public static IServiceCollection AddEventStore(this IServiceCollection services, Settings settings, SqliteEventLogOptions? log = null)
    {
        if (settings.EventStore is { } server)
        {
            services.AddSingleton(s => new EsdbEventLog(
                server, s.GetService<EsdbReports>() is { } reports ? new() { Report = reports.Report } : EsdbOptions.Default));
            services.AddSingleton<IEventLog>(s => s.GetRequiredService<EsdbEventLog>());
        }
        else
        {
            services.AddSingleton<IEventLog>(s => SqliteEventLog.Open(settings.Data, s.GetRequiredService<TimeProvider>(), log));
        }

        services.AddSingleton(s => SqliteKeys.Open(
            settings.Data, MasterKeysOf(settings), new()
            {
                Time = s.GetRequiredService<TimeProvider>(),
                RereadMasters = settings.MasterSecret is null ? () => MasterKeyFile.Load(settings.Data) : null,
            }));
        services.AddSingleton<ISubjectKeys>(s => s.GetRequiredService<SqliteKeys>());
        services.AddSingleton<ISystemKeys>(s => s.GetRequiredService<SqliteKeys>());
        services.AddSingleton(s => new EventCodec(DomainEvents.All, s.GetRequiredService<ISubjectKeys>()));
        services.AddSingleton<PersonalSealer>();
        services.AddSingleton(s => TokenKeysOf(settings, s.GetRequiredService<ISystemKeys>()));
        return services;
    }

    /// <summary>Watches the server of a log that is not embedded, so that its outages are known and end by themselves.</summary>
    public static IServiceCollection AddLogWatch(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton<Supervisor>().AddSingleton<LogAvailability>();
        if (settings.EventStore is null) return services;
        services.AddSingleton<EsdbReports>();
        services.AddSingleton<IEventLog>(s => new WatchedLog(s.GetRequiredService<EsdbEventLog>(), s.GetRequiredService<LogAvailability>()));
        return services.AddHostedService<LogWatch>();
    }

    private static MasterKeys MasterKeysOf(Settings settings) =>
        settings.MasterSecret is { } secret ? MasterKeys.Parse(secret) : MasterKeyFile.LoadOrCreate(settings.Data);

    private static TokenKeys TokenKeysOf(Settings settings, ISystemKeys keys)
    {
        if (settings.TokenSecret is { } secret)
            return TokenKeys.TryParse(secret, out var given, out var error) ? given : throw new ConfigurationException([error]);

        // DataFolder.Open calls this before anything is served, so blocking delays the start alone.
        var made = keys.GetOrCreateSystemKeyAsync("tokens").AsTask().GetAwaiter().GetResult();
        return new(0, [new(0, made.ToArray())]);
    }
}
