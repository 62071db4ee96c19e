using System.Collections.Concurrent;
using Cqrs.Api.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cqrs.Story.Tests.Web;

/// <summary>The web pages alone, on a free port, over invites that the test lays out.</summary>
public sealed class WebHost : IAsyncDisposable
{
    private readonly WebApplication application;

    private WebHost(WebApplication application) => this.application = application;

    public FakeInvites Invites { get; private init; } = new();

    public ConcurrentQueue<string> Log { get; private init; } = new();

    public required HttpClient Client { get; init; }

    public static async Task<WebHost> StartAsync(AppLinks? links = null)
    {
        var (invites, log) = (new FakeInvites(), new ConcurrentQueue<string>());
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(new Lines(log));
        builder.Services.AddWeb(links ?? new AppLinks()).AddSingleton<IInviteLinks>(invites);
        var app = builder.Build();
        app.MapWeb();
        await app.StartAsync();
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        return new(app) { Invites = invites, Log = log, Client = new(handler) { BaseAddress = new(app.Urls.Single()) } };
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await application.DisposeAsync();
    }

    private sealed class Lines(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}

/// <summary>Invites by code, and every question and press that reached them.</summary>
public sealed class FakeInvites : IInviteLinks
{
    private readonly HashSet<string> opened = [];

    public Dictionary<string, InviteLookup> Known { get; } = [];

    public List<string> Asked { get; } = [];

    public List<string> Recorded { get; } = [];

    public bool IsDown { get; set; }

    public ValueTask<InviteLookup?> FindAsync(string code, CancellationToken cancellationToken)
    {
        if (IsDown) throw new IOException("no read model today");
        Asked.Add(code);
        return new(Known.GetValueOrDefault(code));
    }

    public ValueTask<InviteOpening> OpenAsync(string code, CancellationToken cancellationToken)
    {
        if (IsDown) throw new IOException("no log today");
        Asked.Add(code);
        if (!Known.TryGetValue(code, out var invite)) return new(InviteOpening.Unknown);
        if (!invite.IsOpen) return new(InviteOpening.Ended);
        if (opened.Add(code)) Recorded.Add(code);
        return new(InviteOpening.Opened);
    }
}
