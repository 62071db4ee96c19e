using Cqrs.Api.Configuration;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.Notifications.Outbox;
using Cqrs.Notifications.Sms;

namespace Cqrs.Api.Composition;

/// <summary>The way out: what the log says is to be sent, and who sends it.</summary>
internal static class NotificationParts
{
    public static IServiceCollection AddOutbox(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton(s => SqliteOutbox.Open(settings.Data, s.GetRequiredService<ISystemKeys>(), s.GetRequiredService<TimeProvider>()));
        return services.AddSingleton<ISmsSender>(s => s.GetRequiredService<SqliteOutbox>());
    }

    public static IServiceCollection AddRelay(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton(s => new SmsRelay(
            s.GetRequiredService<IEventLog>(), s.GetRequiredService<EventCodec>(), s.GetRequiredService<ISmsSender>(),
            s.GetRequiredService<SqliteOutbox>(), settings.App.Name, s.GetRequiredService<TimeProvider>()));
        services.AddFollower(s => (s.GetRequiredService<SmsRelay>().Follower(), static (follower, stop) => follower.RunAsync(stop)));
        return services;
    }
}
