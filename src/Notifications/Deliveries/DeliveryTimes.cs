using Cqrs.EventStore.Following;

namespace Cqrs.Notifications.Deliveries;

/// <summary>How long deliveries wait, and for what.</summary>
public static class DeliveryTimes
{
    /// <summary>What has failed so often is parked; all waits together are less than a code lives.</summary>
    public const int MostTries = 10;

    /// <summary>The wait after a failure.</summary>
    public static readonly GrowingWait Failed = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));

    /// <summary>The wait until a message that the bus was given and nobody settled is given to it again.</summary>
    public static readonly GrowingWait Lost = new(TimeSpan.FromSeconds(30), TimeSpan.FromHours(1));

    /// <summary>What a sender may take for one message. Not longer, lest it be taken for dead.</summary>
    public static readonly TimeSpan Sending = TimeSpan.FromSeconds(20);

    /// <summary>Whoever has claimed a message and is not heard of for so long has died over it.</summary>
    public static readonly TimeSpan Claim = TimeSpan.FromMinutes(1);

    /// <summary>The same where trying once too often does no harm.</summary>
    public static readonly TimeSpan HarmlessClaim = TimeSpan.FromSeconds(5);

    /// <summary>What is done is remembered for so long; and nothing older than this is told to anybody.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(1);
}
