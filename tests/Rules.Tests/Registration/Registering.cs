using Cqrs.Domain.Decisions;
using Cqrs.Domain.Registration;
using Cqrs.Domain.Users;

namespace Cqrs.Rules.Tests.Registration;

/// <summary>The events and commands of Ann's registrations.</summary>
public static class Registering
{
    public const string Phone = "+15005550001";

    public const string Key = "the mailbox key";

    public static readonly Guid First = Guid.Parse("11111111-0000-4000-8000-000000000000");

    public static readonly Guid Second = Guid.Parse("22222222-0000-4000-8000-000000000000");

    public static readonly RegistrationRules Rules = new();

    public static readonly RegistrationRules NoLimitPerNumber = new() { SendsPerNumberPerDay = null };

    public static UserInvited Invited() => new(Ann, new(Ann, Phone), Bob, Start);

    public static RegistrationRequested Requested(Guid attempt, DateTimeOffset? at = null, string first = "Ann") =>
        new(Ann, attempt, new(Ann, first), new(Ann, "Lee"), new(Ann, Phone), at ?? Start);

    public static VerificationCodeIssued Issued(Guid attempt, string code, DateTimeOffset? at = null) =>
        new(Ann, attempt, new(Ann, Phone), new(Ann, code), (at ?? Start) + TimeSpan.FromMinutes(10), at ?? Start);

    public static IDomainEvent[] Begun(Guid attempt, string code, DateTimeOffset? at = null) =>
        [Requested(attempt, at), Issued(attempt, code, at)];

    public static WrongCodeEntered Missed(Guid attempt, DateTimeOffset? at = null) => new(Ann, attempt, at ?? Start);

    public static UserVerified Verified(Guid attempt, uint epoch, bool again, DateTimeOffset? at = null, string first = "Ann") =>
        new(Ann, attempt, new(Ann, first), new(Ann, "Lee"), new(Ann, Phone), new(Ann, Key), epoch, again, at ?? Start);

    public static Func<User, Decision> Request(
        Guid attempt, string code, DateTimeOffset? at = null, RegistrationRules? rules = null, string first = "Ann") =>
        user => RegistrationDecider.Request(
            user, Ann, attempt, PersonName.TryMake(first, "Lee")!, Phone, code, rules ?? Rules, at ?? Start);

    public static Func<User, Decision> Resend(Guid attempt, string code, DateTimeOffset at, RegistrationRules? rules = null) =>
        user => RegistrationDecider.Resend(user, attempt, code, rules ?? Rules, at);

    public static Func<User, Decision> Verify(Guid attempt, string code, DateTimeOffset? at = null, string newKey = Key) =>
        user => RegistrationDecider.Verify(user, attempt, code, newKey, at ?? Start);
}
