using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Domain.Users;

/// <summary>What may happen to a user beyond registration and squares.</summary>
public static class UserDecider
{
    /// <summary>The number was invited before anybody registered with it.</summary>
    public static Decision Invite(User user, UserId id, Personal phone, UserId invitedBy, DateTimeOffset at) =>
        user.Status == UserStatus.Unknown ? Decision.Of(new UserInvited(id, phone, invitedBy, at)) : Decision.Nothing;

    /// <summary>Is a token of this epoch still good?</summary>
    public static Refusal? Authorize(User user, uint epoch) =>
        user.IsVerified && user.Epoch == epoch ? null : UserRefusals.Unauthorized;

    /// <summary>Every auth token dies, the one that asks included.</summary>
    public static Decision RevokeTokens(User user, DateTimeOffset at) =>
        user.IsVerified ? Decision.Of(new TokensRevoked(user.Id, user.Epoch + 1, at)) : Decision.Refuse(UserRefusals.Unauthorized);

    public static Decision Forget(User user, DateTimeOffset at) => user.Status switch
    {
        UserStatus.Forgotten => Decision.Nothing,
        UserStatus.Unknown => Decision.Refuse(UserRefusals.UnknownUser),
        _ => Decision.Of(new UserForgotten(user.Id, at)),
    };
}

public static class UserRefusals
{
    public static readonly Refusal Unauthorized = new(
        "unauthorized", "The auth token is missing, damaged or no longer valid. Register again to get a new one.");

    public static readonly Refusal UnknownUser = new("unknown-user", "There is no such user.");
}
