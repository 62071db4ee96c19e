using Cqrs.Api.Composition.Outages;
using Cqrs.Api.Configuration;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Devices;
using Cqrs.Notifications.Messages;
using Cqrs.Notifications.Outbox;
using Cqrs.Notifications.Push;
using Cqrs.Notifications.Relays;
using Cqrs.Notifications.Sms;
using Cqrs.Notifications.Transport;

namespace Cqrs.Api.Composition;

/// <summary>The way out: what the log says is to be sent, the bus, and who sends it.</summary>
internal static class NotificationParts
{
    public static IServiceCollection AddOutbox(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton(s => SqliteOutbox.Open(settings.Data, s.GetRequiredService<ISystemKeys>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IPushSender>(s => s.GetRequiredService<SqliteOutbox>());
        return services.AddSingleton<ISmsSender>(s => s.GetRequiredService<SqliteOutbox>());
    }

    /// <summary>The notification server: devices, the bus, and the consumers of its messages.</summary>
    public static IServiceCollection AddNotifications(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton(s => SqliteDeliveries.Open(settings.Data, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IDeliveries>(s => s.GetRequiredService<SqliteDeliveries>());
        services.AddSingleton(s => SqliteDevices.Open(settings.Data, s.GetRequiredService<ISystemKeys>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IDevices>(s => s.GetRequiredService<SqliteDevices>());
        services.AddSingleton<ParkedMessages>();
        services.AddSingleton<Deliverer>();
        services.AddSingleton<PushDataSealer>();
        services.AddSingleton<PushDelivery>();
        services.AddSingleton(s => new SmsDelivery(
            s.GetRequiredService<IEventLog>(), s.GetRequiredService<EventCodec>(), s.GetRequiredService<ISmsSender>(),
            s.GetRequiredService<IDeliveries>(), s.GetRequiredService<Deliverer>(), settings.App.Name, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<MemoryBus>();
        services.AddSingleton<IMessageBus>(s => s.GetRequiredService<MemoryBus>());
        services.AddSingleton<Dispatcher>();
        services.AddSingleton<Redelivery>();
        services.AddSingleton<PhonePushes>();
        return services.AddHostedService<DeliveryService>();
    }

    /// <summary>The relays, each at its own pace: a code waits for nobody.</summary>
    public static IServiceCollection AddRelay(this IServiceCollection services)
    {
        services.AddSingleton<IWhoIsWho, WhoIsWho>();
        services.AddSingleton<RelayedNews>();
        AddRelay(services, _ => new RelayedCodes());
        AddRelay(services, s => s.GetRequiredService<RelayedNews>());
        return services;
    }

    private static void AddRelay(IServiceCollection services, Func<IServiceProvider, IRelayed> relayed) => services.AddFollower(s =>
    {
        var relay = new Relay(
            relayed(s), s.GetRequiredService<IEventLog>(), s.GetRequiredService<SqliteDeliveries>(), s.GetRequiredService<Dispatcher>(),
            s.GetRequiredService<TimeProvider>());
        return (relay.Follower(), static (follower, stop) => follower.RunAsync(stop));
    });
}

/// <summary>Runs the bus, and gives it the deliveries that are due again.</summary>
internal sealed partial class DeliveryService(
    MemoryBus bus, Dispatcher dispatcher, Redelivery redelivery, Deliverer deliverer, IHostApplicationLifetime lifetime,
    Supervisor supervisor, ILogger<DeliveryService> logger) : SupervisedService(supervisor)
{
    protected override Task RunAsync(CancellationToken stop)
    {
        var changes = new StateChanges();
        bus.OnFailure = error => Failed("A consumer", error.GetType().Name);
        dispatcher.OnBusFailure = error => Failed("The bus", error.GetType().Name);
        redelivery.OnFailure = error =>
        {
            if (changes.Fails(error.GetType().Name)) Failed("The redelivery", error.GetType().Name);
        };
        redelivery.OnRecovery = () =>
        {
            if (changes.Works()) Recovered("The redelivery");
        };
        deliverer.OnParked = Parked;
        return AllAsync([Task.Run(() => RunBusAsync(stop), stop), Task.Run(() => redelivery.RunAsync(stop), stop)], stop);
    }

    // The bus takes some time to build, and a server that listens can take messages before it is there.
    private async Task RunBusAsync(CancellationToken stop)
    {
        using var started = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStarted, stop);
        await Task.Delay(Timeout.Infinite, started.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stop.IsCancellationRequested) await bus.RunAsync(stop);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Part} failed with {Error}; its messages are delivered again later.")]
    private partial void Failed(string part, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Part} works again.")]
    private partial void Recovered(string part);

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Id} is parked: {Reason}.")]
    private partial void Parked(Guid id, string reason);
}
