using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Deliveries;

/// <summary>How far a message has come. The numbers are stored.</summary>
public enum DeliveryState
{
    /// <summary>Given to the bus; when it is not settled in time the bus is taken to have lost it.</summary>
    Handed = 0,

    /// <summary>Waits for its next try.</summary>
    Waiting = 1,

    /// <summary>Somebody is about to do it, or has died over it: nobody knows whether it was done.</summary>
    Claimed = 2,

    /// <summary>Nothing is left to be done.</summary>
    Done = 3,

    /// <summary>Given up, for a reason; a person may let it be tried again.</summary>
    Parked = 4,
}

/// <summary>A message and what has become of it.</summary>
/// <param name="Number">Grows with each message that is accepted.</param>
/// <param name="Tries">How often it failed or was lost.</param>
/// <param name="ClaimedAt">When it was claimed last; null for never.</param>
/// <param name="DoneFor">Which parts of it have been done in an earlier try.</param>
public sealed record Delivery(
    IMessage Message, long Number, DeliveryState State, int Tries, DateTimeOffset? ClaimedAt, IReadOnlyList<string> DoneFor)
{
    public bool IsSettled => State is DeliveryState.Done or DeliveryState.Parked;
}

/// <summary>A message that was given up.</summary>
/// <param name="Kind"><c>sms</c> or <c>push</c>.</param>
/// <param name="Content">The message as JSON: ids, nothing personal.</param>
/// <param name="Reason">Why, one of <see cref="Reasons"/>.</param>
/// <param name="Tries">How often it was tried in vain.</param>
public sealed record ParkedMessage(Guid Id, string Kind, string Content, string Reason, int Tries, DateTimeOffset ParkedAt);

/// <summary>Why a message waits or is parked. Stable: operators and alerts depend on them. Besides these: the kind of an exception.</summary>
public static class Reasons
{
    /// <summary>Its sender died, or did not answer, over a message that it cannot recognise: it may have been sent.</summary>
    public const string OutcomeUnknown = "outcome-unknown";

    /// <summary>The sender could not take it now.</summary>
    public const string NotSent = "not-sent";

    /// <summary>The sender will never take it.</summary>
    public const string Refused = "refused";

    /// <summary>It is not what it should be; no try can mend it.</summary>
    public const string BadMessage = "bad-message";

    /// <summary>The event that it refers to is not in the log, or is another one.</summary>
    public const string EventMissing = "event-missing";

    /// <summary>The event that it refers to, or something sealed, cannot be read.</summary>
    public const string Unreadable = "unreadable";
}
