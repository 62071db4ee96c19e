using Cqrs.EventStore.Log;

namespace Cqrs.Gateway;

/// <summary>What one call may take. Tests are less patient.</summary>
internal sealed record GatewayLimits
{
    /// <summary>The longest message without events, bytes: a question with its filters.</summary>
    public const int QuestionLength = 1_024 * 1_024;

    /// <summary>The longest message with events, bytes: an append as large as the log takes it, and what frames it.</summary>
    public const int AppendLength = AppendLimits.Bytes + (1_024 * 1_024);

    /// <summary>How long a call waits for a message that its caller owes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a silent connection is asked whether it lives, and how long it may take to say so.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(10);
}
