using Cqrs.EventStore.Log;

namespace Cqrs.Gateway;

/// <summary>Limits of one call. Tests shorten the times.</summary>
internal sealed record GatewayLimits
{
    /// <summary>The longest request without events, in bytes.</summary>
    public const int QuestionLength = 1_024 * 1_024;

    /// <summary>The longest message with events, in bytes: the largest append that the log takes, and its framing.</summary>
    public const int AppendLength = AppendLimits.Bytes + (1_024 * 1_024);

    /// <summary>How long a call waits for a message that the client has to send.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a silent connection is pinged, how long the client may take to answer, and how long it may take to read
    /// the end of a call.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(10);
}
