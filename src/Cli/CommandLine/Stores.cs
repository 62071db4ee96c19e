using Cqrs.Api.Composition;
using Cqrs.Api.Configuration;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
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

    public ISystemKeys SystemKeys => _services.GetRequiredService<ISystemKeys>();

    public ISubjectKeys Keys => _services.GetRequiredService<ISubjectKeys>();

    /// <param name="data">Folder of the embedded stores; null: as configured.</param>
    /// <param name="mayBeNew">A folder without a log gets one.</param>
    /// <param name="settings">Over those configured.</param>
    /// <exception cref="CliException">There is no log there.</exception>
    public static Stores Open(string? data, bool mayBeNew = false, params KeyValuePair<string, string?>[] settings)
    {
        var read = ReadSettings(data, mayBeMissing: false, settings);
        if (!mayBeNew && read.EventStore is null && !File.Exists(Path.Combine(read.Data, SqliteEventLog.FileName)))
        {
            throw new CliException(
                ExitCodes.NoInput,
                $"There is no log in {read.Data}. Start a server once (dotnet run --project src/Api), or name its folder with --data.");
        }

        var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddEventStore(read);
        return new(read, services.BuildServiceProvider());
    }

    /// <summary>The settings that the server reads, too.</summary>
    /// <param name="data">Folder of the embedded stores; null: as configured.</param>
    /// <param name="mayBeMissing">The folder may still have to be made.</param>
    /// <param name="over">Over those configured.</param>
    /// <exception cref="ConfigurationException">Something is wrong with them.</exception>
    public static Settings ReadSettings(string? data, bool mayBeMissing = false, params KeyValuePair<string, string?>[] over)
    {
        var environment = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? "Production";
        var sources = new ConfigurationBuilder().AddSettings(environment, []).AddInMemoryCollection(over);
        if (data is not null) sources.AddInMemoryCollection([new("Data", mayBeMissing ? Path.GetFullPath(data) : Existing(data))]);

        // What a server may not do in Production (show messages to developers, say) is no concern of a reader.
        return new SettingsReader(sources.Build(), isProduction: false).Read();
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    // The reader of the settings makes a folder that is not there; somebody who mistypes a name wants to hear of it.
    private static string Existing(string data) => Directory.Exists(data)
        ? Path.GetFullPath(data)
        : throw new CliException(ExitCodes.NoInput, $"There is no folder {data}. Name the data folder of a server with --data.");
}
