using Cqrs.Api.Configuration;
using Cqrs.EventStore.PersonalData;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Messaging.Videos;

namespace Cqrs.Api.Composition;

/// <summary>Mailboxes, changed bits and videos, and which engine keeps them.</summary>
internal static class MessagingParts
{
    public static IServiceCollection AddMessaging(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton(s => SqliteMailboxes.Open(settings.Data, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IMailboxes>(s => s.GetRequiredService<SqliteMailboxes>());
        services.AddSingleton<IChangedBits>(s => s.GetRequiredService<SqliteMailboxes>());
        services.AddSingleton(s => VideoFiles.Open(
            Path.Combine(settings.Data, "videos"), settings.Videos.Lifetime, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => AddressesOf(s.GetRequiredService<ISystemKeys>()));
        return services.AddSingleton<IVideoStore, DiskVideos>();
    }

    /// <summary>Removes what is over: where the engines do not do it themselves.</summary>
    public static IServiceCollection AddHousekeeping(this IServiceCollection services) => services.AddHostedService<Housekeeping>();

    // At start, by DataFolder.Open: nobody waits for this but the start itself.
    private static SignedAddresses AddressesOf(ISystemKeys keys) => new(keys.GetOrCreateSystemKeyAsync("blobs").AsTask().GetAwaiter().GetResult());
}

/// <summary>Sweeps the embedded stores, at start and then once an hour. Two processes that sweep at once do no harm.</summary>
internal sealed partial class Housekeeping(VideoFiles videos, SqliteMailboxes mailboxes, TimeProvider clock, ILogger<Housekeeping> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        await Task.Yield();
        do
        {
            try
            {
                var (old, silent) = (videos.Sweep(stoppingToken), await mailboxes.SweepAsync(stoppingToken));
                if (old + silent > 0) Swept(old, silent);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Failed(e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Videos} videos and {Mailboxes} mailboxes whose time is over.")]
    private partial void Swept(int videos, int mailboxes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Removing what is over met {Error}; it is tried again in an hour.")]
    private partial void Failed(string error);
}
