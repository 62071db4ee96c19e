using Cqrs.Api.Composition;
using Cqrs.Api.Configuration;
using Cqrs.Commands.Connections;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Registration;
using Cqrs.Commands.Users;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cqrs.Cli.Simulation;

/// <summary>The write side as the server wires it, with the clock and the dice of a simulated history, on a log that writes behind.</summary>
internal sealed class WriteSide : IAsyncDisposable
{
    // Everybody comes by again and again, in no order that a small cache could follow.
    private const int StatesInMemory = 1_000_000;

    private readonly ServiceProvider _services;

    public WriteSide(Settings settings, Agenda agenda, Dice dice, IConnectionsOfUser connectionsOf)
    {
        var services = new ServiceCollection().AddSingleton<TimeProvider>(agenda).AddSingleton(connectionsOf)
            .AddEventStore(settings, new() { KeepsOrderOfCalls = true, TakenAt = static e => EventMetadata.Read(e.Metadata.Span).At })
            .AddCommands(settings)
            .AddSingleton<ForgettingProcess>()
            .Replace(ServiceDescriptor.Singleton<IDraws>(dice))
            .Replace(ServiceDescriptor.Singleton(s => new EventStreams(s.GetRequiredService<IEventLog>(), s.GetRequiredService<EventCodec>(), StatesInMemory)));
        var engine = services.Single(service => service.ServiceType == typeof(IEventLog)).ImplementationFactory!;
        services.Replace(ServiceDescriptor.Singleton<IEventLog>(s => new WriteBehindLog((IEventLog)engine(s))));
        _services = services.BuildServiceProvider();
    }

    public WriteBehindLog Log => (WriteBehindLog)Get<IEventLog>();

    public ISubjectKeys Keys => Get<ISubjectKeys>();

    public EventStreams Streams => Get<EventStreams>();

    public RequestRegistrationHandler Request => Get<RequestRegistrationHandler>();

    public ResendCodeHandler Resend => Get<ResendCodeHandler>();

    public VerifyRegistrationHandler Verify => Get<VerifyRegistrationHandler>();

    public InviteSomeoneHandler Invite => Get<InviteSomeoneHandler>();

    public StepConnectionHandler Step => Get<StepConnectionHandler>();

    public OpenInviteLinkHandler OpenLink => Get<OpenInviteLinkHandler>();

    public RevokeTokensHandler Revoke => Get<RevokeTokensHandler>();

    /// <summary>Forgets somebody, and finishes at once what the process manager would.</summary>
    public async Task ForgetAsync(UserId user, CommandContext context)
    {
        await Get<ForgetUserHandler>().HandleAsync(new(user), context);
        var slice = await Log.ReadStreamAsync(StreamNames.Of(user), StreamVersion.End, 1, ReadDirection.Backwards);
        await Get<ForgettingProcess>().HandleAsync(new(slice.Events, slice.Events[^1].Position, IsEnd: true), CancellationToken.None);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();
}
