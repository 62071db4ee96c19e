namespace Cqrs.EventStore.Following;

/// <summary>How far each follower of the log has come, by its name.</summary>
public interface ICheckpointStore
{
    /// <returns><see cref="Checkpoint.Start"/> for a name that was never saved.</returns>
    ValueTask<Checkpoint> LoadAsync(string name, CancellationToken cancel = default);

    /// <summary>Saves the checkpoint. Where it has no anchor, the one that was saved before stays.</summary>
    /// <exception cref="CheckpointResetException">An operator has set it since it was loaded; nothing was saved.</exception>
    ValueTask SaveAsync(string name, Checkpoint checkpoint, CancellationToken cancel = default);

    /// <summary>Sets the checkpoint as an operator wants it. Followers that run notice and go on from it.</summary>
    /// <param name="checkpoint">Its <see cref="Checkpoint.Resets"/> is counted up by the store.</param>
    ValueTask ResetAsync(string name, Checkpoint checkpoint, CancellationToken cancel = default);
}

/// <summary>An operator has set the checkpoint of a follower while it was running; the follower begins again from there.</summary>
public sealed class CheckpointResetException(string follower) : Exception($"The checkpoint of '{follower}' was set by an operator.");
