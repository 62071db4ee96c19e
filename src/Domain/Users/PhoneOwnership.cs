using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Domain.Users;

// The events of phone-{key}. A storage format, as those of the user.

/// <summary>The number belongs to this user from now on. The first writer wins: that is what makes a number unique.</summary>
[EventName("phone-claimed.v1")]
public sealed record PhoneClaimed(UserId User, DateTimeOffset At) : IDomainEvent;

/// <summary>The number is free again.</summary>
[EventName("phone-released.v1")]
public sealed record PhoneReleased(UserId User, DateTimeOffset At) : IDomainEvent;

/// <summary>Who owns a number, folded from phone-{key}.</summary>
public sealed record PhoneOwnership(UserId? Owner)
{
    public static readonly PhoneOwnership Initial = new(Owner: null);

    public PhoneOwnership Evolve(IDomainEvent @event) => @event switch
    {
        PhoneClaimed e => new(e.User),
        PhoneReleased e when Owner == e.User => Initial,
        _ => this,
    };

    /// <summary>A free number goes to <paramref name="user"/>; an owned one stays where it is.</summary>
    public static Decision Claim(PhoneOwnership phone, UserId user, DateTimeOffset at) =>
        phone.Owner is null ? Decision.Of(new PhoneClaimed(user, at)) : Decision.Nothing;

    public static Decision Release(PhoneOwnership phone, UserId user, DateTimeOffset at) =>
        phone.Owner == user ? Decision.Of(new PhoneReleased(user, at)) : Decision.Nothing;
}
