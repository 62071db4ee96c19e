namespace Cqrs.EventStore.PersonalData;

/// <summary>How <see cref="SqliteKeys"/> behaves; the defaults suit a server.</summary>
public sealed record SqliteKeysOptions
{
    /// <summary>How many users' keys are kept ready in memory, about 1.5 KB each.</summary>
    public int CachedKeys { get; init; } = 20_000;

    /// <summary>How often a cached key is checked against deletes by other processes.</summary>
    public TimeSpan NoticeDeletesAfter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Reads the master keys anew: asked when one is met that is not known, or the one in use wraps no more. Null where
    /// they stay as they are.
    /// </summary>
    public Func<MasterKeys>? RereadMasters { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
