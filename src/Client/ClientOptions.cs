namespace Cqrs.Client;

/// <summary>How patient the client is. The defaults suit a phone.</summary>
public sealed record ClientOptions
{
    /// <summary>How often a call is tried in all while the server fails (5xx) or cannot be reached.</summary>
    public int Tries { get; init; } = 5;

    /// <summary>
    /// The wait after the first failure; each further one is twice as long. Up to half of a wait is left out by chance,
    /// so that phones which failed together do not come back together.
    /// </summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>No wait is longer. When the server asks for a longer one (Retry-After), the error is told at once.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one try may take until its answer is there. Videos are not measured by it.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A ticket that runs out within this time is exchanged before it is used.</summary>
    public TimeSpan TicketMargin { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>What waits, and the age of a ticket, are measured by. The phone's time of day is never compared with the server's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
