using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Domain.Audit;

// The events of audit-{day}: what was done to the log and not by it. A storage format: fields are added, never changed;
// a changed meaning is a new event. Nobody folds or relays them (docs/decisions/audit.md).

/// <summary>Somebody is about to be shown personal data in clear. Recorded before the first of them is.</summary>
/// <param name="Operator">Who, opaque: the same for the same login on this installation. No user of the product.</param>
/// <param name="Login">Who, by his login; his own personal data, sealed under the key of <paramref name="Operator"/>.</param>
/// <param name="Reason">What for, in his words; sealed like the login, for it may name anybody. Null where he gave none.</param>
/// <param name="Command">Such as <c>events replay</c>.</param>
/// <param name="Asked">Of which events: the filters, such as <c>category=connection from=4711</c>. Nothing personal.</param>
[EventName("personal-data-revealed.v1")]
public sealed record PersonalDataRevealed(
    UserId Operator, Personal Login, Personal? Reason, string Command, string Asked, DateTimeOffset At) : IDomainEvent;
