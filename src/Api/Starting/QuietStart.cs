using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Cqrs.Api.Starting;

/// <summary>
/// Keeps the host and Kestrel from logging a failed start with its stack: <see cref="ServerProcess"/> says it in one
/// line. From the moment that the server has started, both log as configured.
/// </summary>
internal sealed class QuietStart : IPostConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>, IDisposable
{
    private static readonly string[] Categories = ["Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel"];

    private readonly CancellationTokenSource _started = new();

    public string Name => Options.DefaultName;

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        if (_started.IsCancellationRequested) return;
        foreach (var category in Categories) options.Rules.Add(new(providerName: null, category, LogLevel.None, filter: null));
    }

    // A token that has fired already would be asked for again and again.
    public IChangeToken GetChangeToken() => new CancellationChangeToken(_started.IsCancellationRequested ? CancellationToken.None : _started.Token);

    public void Started() => _started.Cancel();

    public void Dispose() => _started.Dispose();
}

internal static class QuietStartServices
{
    public static IServiceCollection AddQuietStart(this IServiceCollection services) => services
        .AddSingleton<QuietStart>()
        .AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(s => s.GetRequiredService<QuietStart>())
        .AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(s => s.GetRequiredService<QuietStart>());
}
