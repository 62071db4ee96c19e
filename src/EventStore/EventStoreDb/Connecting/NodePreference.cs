namespace Cqrs.EventStore.EventStoreDb.Connecting;

/// <summary>Which node of a cluster is wanted, as <c>nodePreference</c> names it.</summary>
public enum NodePreference
{
    /// <summary>The leader, and no other: what it answers is the newest there is.</summary>
    Leader,
    Follower,
    ReadOnlyReplica,
    Random,
}

/// <summary>Where a server listens.</summary>
public readonly record struct NodeAddress(string Host, int Port)
{
    public const int DefaultPort = 2113;

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
