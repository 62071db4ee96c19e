using Cqrs.Api.Configuration;
using Cqrs.Api.Http;
using Cqrs.Commands.Connections;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Idempotency;
using Cqrs.Commands.Numbers;
using Cqrs.Commands.Registration;
using Cqrs.Commands.Squares;
using Cqrs.Commands.Users;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Registration;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.Projections.Connections;

namespace Cqrs.Api.Composition;

/// <summary>The write side: handlers, what they share, and the process managers.</summary>
internal static class CommandParts
{
    public static IServiceCollection AddCommands(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton(new SquareOptions(settings.Squares));
        services.AddSingleton(new RegistrationRules { SendsPerNumberPerDay = settings.Limits.Enabled ? settings.Limits.PerNumber : null });
        services.AddSingleton(new AllowedCountries(settings.Limits.Countries));
        services.AddSingleton(s => SqliteCommandStore.Open(
            settings.Data, s.GetRequiredService<ISubjectKeys>(), s.GetRequiredService<ISystemKeys>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IIdempotencyStore>(s => s.GetRequiredService<SqliteCommandStore>());
        services.AddSingleton<ICheckpointStore>(s => s.GetRequiredService<SqliteCommandStore>());

        services.AddSingleton<IDraws>(SecureDraws.Shared);
        services.AddSingleton<EventStreams>();
        services.AddSingleton<PhoneRegistry>();
        services.AddSingleton<SquareReservations>();
        services.AddSingleton<ConnectionExecutor>();
        services.AddSingleton<RegistrationIds>();
        services.AddSingleton<Authenticator>();

        services.AddSingleton<RequestRegistrationHandler>();
        services.AddSingleton<ResendCodeHandler>();
        services.AddSingleton<VerifyRegistrationHandler>();
        services.AddSingleton<InviteSomeoneHandler>();
        services.AddSingleton<StepConnectionHandler>();
        services.AddSingleton<OpenInviteLinkHandler>();
        services.AddSingleton<RevokeTokensHandler>();
        services.AddSingleton<ForgetUserHandler>();

        services.AddSingleton<IdempotentCalls>();
        services.AddSingleton<CommandPipeline>();
        services.AddSingleton<TicketPipeline>();
        return services.AddSingleton(s => new RateLimits(settings.Limits, s.GetRequiredService<TimeProvider>()));
    }

    /// <summary>The process managers: they run where commands are served.</summary>
    public static IServiceCollection AddProcessManagers(this IServiceCollection services)
    {
        services.AddSingleton<IConnectionsOfUser, ConnectionsOfUser>();
        services.AddSingleton<SquareKeeper>();
        services.AddSingleton<ForgettingProcess>();
        services.AddFollower(s =>
        {
            var keeper = s.GetRequiredService<SquareKeeper>();
            return (keeper.Follower(), keeper.RunAsync);
        },
        static (s, fault) => s.GetRequiredService<SqliteCommandStore>().SetAnswersAside(fault is not null));
        services.AddFollower(s => (s.GetRequiredService<ForgettingProcess>().Follower(), static (follower, stop) => follower.RunAsync(stop)));
        return services;
    }

    /// <summary>The write side keeps no lists of connections; the read side does. They meet only here.</summary>
    private sealed class ConnectionsOfUser(ConnectionsReader reader, ReadPositions positions) : IConnectionsOfUser
    {
        public async ValueTask<IReadOnlyList<ConnectionId>> FindAsync(UserId user, LogPosition atLeast, CancellationToken cancel)
        {
            await positions.FollowedAsync("connections", atLeast, cancel);
            return reader.PairsOf(user);
        }
    }
}
