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

    private Stores(Settings settings, ServiceProvider services) => (Settings, _services) = (settings, services);

    public Settings Settings { get; }

    public IEventLog Log => _services.GetRequiredService<IEventLog>();

    public EventCodec Codec => _services.GetRequiredService<EventCodec>();

    public TimeProvider Clock => _services.GetRequiredService<TimeProvider>();

    /// <summary>The read models, by their names.</summary>
    public IReadOnlyList<ISqliteModel> Models => [.. _services.GetServices<ISqliteModel>().OrderBy(model => model.Name, StringComparer.Ordinal)];

    /// <summary>Where the read models lie.</summary>
    public string ModelsFolder => ProjectionParts.FolderOf(Settings);

    public ISubjectKeys Keys => _services.GetRequiredService<ISubjectKeys>();

    /// <param name="data">Folder of the embedded stores; null: as configured.</param>
    /// <exception cref="CliException">There is no log there.</exception>
    public static Stores Open(string? data)
    {
        var environment = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? "Production";
        var sources = new ConfigurationBuilder().AddSettings(environment, []);
        if (data is not null) sources.AddInMemoryCollection([new("Data", Existing(data))]);

        // What a server may not do in Production (show messages to developers, say) is no concern of a reader.
        var settings = new SettingsReader(sources.Build(), isProduction: false).Read();
        if (!File.Exists(Path.Combine(settings.Data, SqliteEventLog.FileName)))
        {
            throw new CliException(
                ExitCodes.NoInput,
                $"There is no log in {settings.Data}. Start a server once (dotnet run --project src/Api), or name its folder with --data.");
        }

        var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddEventStore(settings).AddModels();
        return new(settings, services.BuildServiceProvider());
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    // The reader of the settings makes a folder that is not there; somebody who mistypes a name wants to hear of it.
    private static string Existing(string data) => Directory.Exists(data)
        ? Path.GetFullPath(data)
        : throw new CliException(ExitCodes.NoInput, $"There is no folder {data}. Name the data folder of a server with --data.");
}
