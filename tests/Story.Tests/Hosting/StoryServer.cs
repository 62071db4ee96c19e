using System.Text.RegularExpressions;
using Cqrs.Api;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Cqrs.Story.Tests.Hosting;

/// <summary>The real server, in this process, on a free port and a data folder of its own.</summary>
public sealed class StoryServer : IAsyncDisposable
{
    private readonly DataFolder folder;
    private readonly bool ownsFolder;
    private readonly string[] options;
    private readonly Action<IServiceCollection>? configure;
    private WebApplication? application;
    private long seen;

    private StoryServer(DataFolder? folder, Action<IServiceCollection>? configure, string[] options)
    {
        (this.configure, this.options) = (configure, options);
        (this.folder, ownsFolder) = (folder ?? new DataFolder(), folder is null);
    }

    public MovableClock Clock { get; } = new();

    public LogLines Log { get; } = new();

    public HttpClient Client { get; private set; } = null!;

    public DataFolder Data => folder;

    public IServiceProvider Services => application!.Services;

    /// <summary>The furthest that any answer has told; a list asked for with it shows what everybody did.</summary>
    public long Seen => Volatile.Read(ref seen);

    /// <summary>A server without limits, unless the options turn them on.</summary>
    public static Task<StoryServer> StartAsync(params string[] options) => StartAsync(folder: null, options);

    /// <summary>A server that sees its log through a view, which it also disposes of.</summary>
    public static Task<StoryServer> StartAsync(DataFolder? folder, Func<IEventLog, IEventLog> view, params string[] options) =>
        StartAsync(
            folder,
            services =>
            {
                var log = services.Single(service => service.ServiceType == typeof(IEventLog)).ImplementationFactory!;
                services.Replace(ServiceDescriptor.Singleton(provider => view((IEventLog)log(provider))));
            },
            options);

    /// <summary>A server on a folder that another owner removes.</summary>
    public static Task<StoryServer> StartAsync(DataFolder? folder, params string[] options) => StartAsync(folder, configure: null, options);

    /// <summary>A server with some services replaced, for instance by ones that fail.</summary>
    public static async Task<StoryServer> StartAsync(DataFolder? folder, Action<IServiceCollection>? configure, params string[] options)
    {
        var server = new StoryServer(folder, configure, options);
        await server.StartAsync();
        return server;
    }

    /// <summary>Stops the server and starts another one on the same data.</summary>
    /// <param name="between">What an operator does to the data while no server runs; positions that were returned before are dropped.</param>
    public async Task RestartAsync(Action? between = null)
    {
        await StopAsync();
        if (between is not null)
        {
            between();
            Volatile.Write(ref seen, 0);
        }

        await StartAsync();
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await Client.SendAsync(request);
            var answer = await Answer.ReadAsync(response);
            for (var before = Seen; answer.Position > before; before = Seen)
            {
                if (Interlocked.CompareExchange(ref seen, answer.Position, before) == before) break;
            }

            return answer;
        }
    }

    public Task<Answer> GetAsync(string path) => SendAsync(new(HttpMethod.Get, path));

    /// <summary>Waits until a follower of the log has handled all that the answers so far have written.</summary>
    public async Task FollowedAsync(string follower)
    {
        var written = Seen;
        await Wait.UntilAsync(() => GetAsync("/health/ready"), health => PositionIn(health) >= written);

        long PositionIn(Answer health) =>
            health.Json.GetProperty("dependencies").GetProperty(follower).GetProperty("position").GetInt64();
    }

    /// <summary>All events of the log, as stored.</summary>
    public async Task<IReadOnlyList<RecordedEvent>> RecordedAsync()
    {
        var (log, events) = (Services.GetRequiredService<IEventLog>(), new List<RecordedEvent>());
        for (var page = await log.ReadAllAsync(LogPosition.Start, 1000); ; page = await log.ReadAllAsync(page.Position, 1000))
        {
            events.AddRange(page.Events);
            if (page.IsEnd) return events;
        }
    }

    /// <summary>All events of the log, in clear.</summary>
    public async Task<IReadOnlyList<DecodedEvent>> EventsAsync() =>
        await Services.GetRequiredService<EventCodec>().DecodeAsync(await RecordedAsync());

    /// <summary>Deletes somebody's key; everything sealed under it reads as erased from then on.</summary>
    public Task ForgetKeyAsync(Guid subject) => Services.GetRequiredService<ISubjectKeys>().DeleteAsync(new(subject));

    public async Task<long> HeadAsync() => (await Services.GetRequiredService<IEventLog>().HeadAsync()).Value;

    /// <summary>The texts that went to a number by SMS, oldest first.</summary>
    public async Task<IReadOnlyList<string>> SmsToAsync(string number) =>
        [.. (await OutboxAsync()).Where(message => message.To == number).Select(message => message.Text)];

    public async Task<IReadOnlyList<OutboxEntry>> OutboxAsync() => (await GetAsync("/dev/outbox")).ShouldBe(200).As<OutboxEntry[]>();

    /// <summary>The code in the SMS that comes to a number after the first <paramref name="before"/>.</summary>
    public async Task<string> CodeAsync(string number, int before)
    {
        var texts = await Wait.UntilAsync(() => SmsToAsync(number), texts => texts.Count > before);
        return Regex.Match(texts[^1], @"\A\d{6}").Value;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (ownsFolder) folder.Dispose();
    }

    private async Task StartAsync()
    {
        string[] args =
        [
            "--environment", "Development", "--Urls", "http://127.0.0.1:0", "--Data", folder.Path, "--Limits:Enabled=false", .. options,
        ];
        application = Server.Build(args, services =>
        {
            services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock))
                .AddLogging(logging => logging.ClearProviders().AddProvider(Log));
            configure?.Invoke(services);
        });
        Cqrs.Api.Composition.DataFolder.Open(application.Services);
        await application.StartAsync();
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        Client = new(handler) { BaseAddress = new(application.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
    }

    private async Task StopAsync()
    {
        Client.Dispose();
        await application!.StopAsync();
        await application.DisposeAsync();
    }
}

/// <summary>A message of <c>/dev/outbox</c>.</summary>
public sealed record OutboxEntry(DateTimeOffset At, string Channel, string To, string Text, IReadOnlyDictionary<string, string>? Data = null);
