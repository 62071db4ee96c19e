namespace Cqrs.Messaging.Videos;

/// <summary>The outcome of an upload.</summary>
public enum ReceiveOutcome
{
    /// <summary>The video is stored and durable.</summary>
    Stored,

    /// <summary>The bytes were fewer or more than announced; nothing was changed.</summary>
    Mismatch,

    /// <summary>The precondition does not hold for the stored video; nothing was changed.</summary>
    ConditionFailed,
}

/// <param name="Version">See <see cref="StoredVideo.Version"/>; null when nothing was stored.</param>
public readonly record struct ReceivedVideo(ReceiveOutcome Outcome, string? Version = null);
