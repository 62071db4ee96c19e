using System.Reflection;
using System.Text.Json.Serialization;
using Cqrs.Domain.Audit;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Users;

namespace Cqrs.EventStore.Serialization;

/// <summary>All events of the product, under the names that stand beside them in the domain.</summary>
public static class DomainEvents
{
    public static readonly EventTypes All = Define();

    private static EventTypes Define()
    {
        var types = EventTypes.Define(DomainEventsJson.Default);
        Add<PhoneClaimed>();
        Add<PhoneReleased>();
        Add<UserInvited>();
        Add<RegistrationRequested>();
        Add<VerificationCodeIssued>();
        Add<WrongCodeEntered>();
        Add<UserVerified>();
        Add<TokensRevoked>();
        Add<SquareTaken>();
        Add<SquareFreed>();
        Add<UserForgotten>();
        Add<InviteSent>();
        Add<InviteLinkOpened>();
        Add<InviteSeen>();
        Add<InviteAccepted>();
        Add<InviteRejected>();
        Add<RejectionAcknowledged>();
        Add<InviteCancelled>();
        Add<EntryCleared>();
        Add<ConnectionCleared>();
        Add<PartyForgotten>();
        Add<ReservationLapsed>();
        Add<PersonalDataRevealed>();
        return types.Build();

        void Add<TEvent>()
            where TEvent : class, IDomainEvent
        {
            var name = typeof(TEvent).GetCustomAttribute<EventNameAttribute>()?.Name
                ?? throw new InvalidOperationException($"{typeof(TEvent).Name} has no event name.");
            types.Add<TEvent>(name);
        }
    }
}

// Reading and writing without reflection: a start is faster, and each event cheaper.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PhoneClaimed))]
[JsonSerializable(typeof(PhoneReleased))]
[JsonSerializable(typeof(UserInvited))]
[JsonSerializable(typeof(RegistrationRequested))]
[JsonSerializable(typeof(VerificationCodeIssued))]
[JsonSerializable(typeof(WrongCodeEntered))]
[JsonSerializable(typeof(UserVerified))]
[JsonSerializable(typeof(TokensRevoked))]
[JsonSerializable(typeof(SquareTaken))]
[JsonSerializable(typeof(SquareFreed))]
[JsonSerializable(typeof(UserForgotten))]
[JsonSerializable(typeof(InviteSent))]
[JsonSerializable(typeof(InviteLinkOpened))]
[JsonSerializable(typeof(InviteSeen))]
[JsonSerializable(typeof(InviteAccepted))]
[JsonSerializable(typeof(InviteRejected))]
[JsonSerializable(typeof(RejectionAcknowledged))]
[JsonSerializable(typeof(InviteCancelled))]
[JsonSerializable(typeof(EntryCleared))]
[JsonSerializable(typeof(ConnectionCleared))]
[JsonSerializable(typeof(PartyForgotten))]
[JsonSerializable(typeof(ReservationLapsed))]
[JsonSerializable(typeof(PersonalDataRevealed))]
internal sealed partial class DomainEventsJson : JsonSerializerContext;
