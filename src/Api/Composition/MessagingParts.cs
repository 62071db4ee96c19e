using Cqrs.Api.Composition.Outages;
using Cqrs.Api.Configuration;
using Cqrs.EventStore.PersonalData;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Messaging.Videos;

namespace Cqrs.Api.Composition;

/// <summary>Mailboxes, changed bits and videos, and the engine that stores them.</summary>
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

    /// <summary>Removes expired videos and mailboxes, for engines that do not do so themselves.</summary>
    public static IServiceCollection AddHousekeeping(this IServiceCollection services) => services.AddHostedService<Housekeeping>();

    // DataFolder.Open calls this before anything is served, so blocking delays the start alone.
    private static SignedAddresses AddressesOf(ISystemKeys keys) => new(keys.GetOrCreateSystemKeyAsync("blobs").AsTask().GetAwaiter().GetResult());
}

/// <summary>Sweeps the embedded stores, at start and then once an hour. Two processes that sweep at once do no harm.</summary>
internal sealed partial class Housekeeping(
    VideoFiles videos, SqliteMailboxes mailboxes, TimeProvider clock, Supervisor supervisor, ILogger<Housekeeping> logger)
    : SupervisedService(supervisor)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                var (old, silent) = (videos.Sweep(stop), await mailboxes.SweepAsync(stop));
                if (old + silent > 0) Swept(old, silent);
            }
            catch (Exception e) when (e is not OperationCanceledException && !stop.IsCancellationRequested)
            {
                Failed(e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Videos} expired videos and {Mailboxes} expired mailboxes.")]
    private partial void Swept(int videos, int mailboxes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Removing expired videos and mailboxes failed with {Error}; it is tried again in an hour.")]
    private partial void Failed(string error);
}
