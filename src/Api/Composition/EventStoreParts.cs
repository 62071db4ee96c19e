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
    /// <param name="log">Settings of the embedded log; null for those of a server, which logs the progress of an upgrade.</param>
    /// <param name="orReadOnly">Whether a data folder that cannot be written is opened to be read; else it is refused.</param>
    public static IServiceCollection AddEventStore(
        this IServiceCollection services, Settings settings, SqliteEventLogOptions? log = null, bool orReadOnly = false)
    {
        if (settings.EventStore is { } server)
        {
            services.AddSingleton(s => new EsdbEventLog(
                server, s.GetService<EsdbReports>() is { } reports ? new() { Report = reports.Report } : EsdbOptions.Default));
            services.AddSingleton<IEventLog>(s => s.GetRequiredService<EsdbEventLog>());
        }
        else
        {
            services.AddSingleton<IEventLog>(s =>
            {
                var options = log ?? LogUpgrades.To(s.GetService<ILogger<SqliteEventLog>>());
                return orReadOnly
                    ? SqliteEventLog.OpenOrRead(settings.Data, s.GetRequiredService<TimeProvider>(), options)
                    : SqliteEventLog.Open(settings.Data, s.GetRequiredService<TimeProvider>(), options);
            });
        }

        services.AddSingleton(s =>
        {
            var options = new SqliteKeysOptions
            {
                Time = s.GetRequiredService<TimeProvider>(),
                RereadMasters = settings.MasterSecret is null ? () => MasterKeyFile.Load(settings.Data) : null,
            };
            return orReadOnly
                ? SqliteKeys.OpenOrRead(settings.Data, MasterKeysOf(settings), options)
                : SqliteKeys.Open(settings.Data, MasterKeysOf(settings), options);
        });
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

/// <summary>The progress of an upgrade of the embedded log, in the log of the process: the server is not reachable meanwhile.</summary>
internal static partial class LogUpgrades
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <returns>Settings of the embedded log.</returns>
    public static SqliteEventLogOptions To(ILogger? logger)
    {
        if (logger is null) return new();
        var reported = TimeProvider.System.GetTimestamp();
        return new()
        {
            UpgradeProgress = (done, all) =>
            {
                if (TimeProvider.System.GetElapsedTime(reported) < Interval) return;
                reported = TimeProvider.System.GetTimestamp();
                Upgraded(logger, done, all);
            },
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The event log is upgraded to a new schema version: {Done} of {All} events. The server starts when it is done.")]
    private static partial void Upgraded(ILogger logger, long done, long all);
}
