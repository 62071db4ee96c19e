using Cqrs.Api.Composition;
using Cqrs.Api.Configuration;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
using Cqrs.Projections.Engine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Cli.CommandLine;

/// <summary>The stores that the settings name, opened beside whoever else has them open.</summary>
internal sealed class Stores : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private readonly Lazy<IEventLog> _log;

    private Stores(Settings settings, ServiceProvider services)
    {
        (Settings, _services) = (settings, services);
        _log = new(() => services.GetRequiredService<IEventLog>());
    }

    public Settings Settings { get; }

    public IEventLog Log => _log.Value;

    public EventCodec Codec => _services.GetRequiredService<EventCodec>();

    /// <summary>A part of the write side, or of the notifications, as the server wires it.</summary>
    public T Part<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public TimeProvider Clock => _services.GetRequiredService<TimeProvider>();

    public ISystemKeys SystemKeys => _services.GetRequiredService<ISystemKeys>();

    /// <summary>The read models, by their names.</summary>
    public IReadOnlyList<ISqliteModel> Models => [.. _services.GetServices<ISqliteModel>().OrderBy(model => model.Name, StringComparer.Ordinal)];

    /// <summary>Where the read models lie.</summary>
    public string ModelsFolder => ProjectionParts.FolderOf(Settings);

    public ISubjectKeys Keys => _services.GetRequiredService<ISubjectKeys>();

    /// <param name="data">Folder of the embedded stores; null: as configured.</param>
    /// <param name="mayBeNew">A folder without a log gets one.</param>
    /// <param name="settings">Over those configured.</param>
    /// <exception cref="CliException">There is no log there.</exception>
    public static Stores Open(string? data, bool mayBeNew = false, params KeyValuePair<string, string?>[] settings)
    {
        var read = ReadSettings(data, mayBeMissing: false, settings);
        if (!mayBeNew) WithLog(read);
        var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddEventStore(read).AddModels().AddCommands(read).AddNotifications(read);
        return new(read, services.BuildServiceProvider());
    }

    /// <summary>The settings that the server reads, too.</summary>
    /// <param name="data">Folder of the embedded stores; null: as configured.</param>
    /// <param name="mayBeMissing">The folder may still have to be made.</param>
    /// <param name="over">Over those configured.</param>
    /// <exception cref="ConfigurationException">Something is wrong with them.</exception>
    public static Settings ReadSettings(string? data, bool mayBeMissing = false, params KeyValuePair<string, string?>[] over) =>
        // What a server may not do in Production (show messages to developers, say) is no concern of a reader.
        new SettingsReader(Configure(data, mayBeMissing, over), isProduction: false).Read();

    /// <summary>Where settings come from, the later over the earlier; nothing is checked.</summary>
    public static IConfigurationRoot Configure(string? data, bool mayBeMissing, params KeyValuePair<string, string?>[] over)
    {
        var environment = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? "Production";
        var sources = new ConfigurationBuilder().AddSettings(environment, []).AddInMemoryCollection(over);
        if (data is not null) sources.AddInMemoryCollection([new("Data", mayBeMissing ? Path.GetFullPath(data) : Existing(data))]);
        return sources.Build();
    }

    /// <exception cref="CliException">There is no log where the settings say.</exception>
    public static Settings WithLog(Settings settings)
    {
        if (settings.EventStore is null && !File.Exists(Path.Combine(settings.Data, SqliteEventLog.FileName)))
        {
            throw new CliException(
                ExitCodes.NoInput,
                $"There is no log in {settings.Data}. Start a server once (dotnet run --project src/Api), or name its folder with --data.");
        }

        return settings;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    // The reader of the settings makes a folder that is not there; somebody who mistypes a name wants to hear of it.
    private static string Existing(string data) => Directory.Exists(data)
        ? Path.GetFullPath(data)
        : throw new CliException(ExitCodes.NoInput, $"There is no folder {data}. Name the data folder of a server with --data.");
}
