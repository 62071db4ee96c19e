using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Following;

/// <summary>How far each follower of the log has come, by its name.</summary>
public interface ICheckpointStore
{
    /// <returns><see cref="LogPosition.Start"/> for a name that was never saved.</returns>
    ValueTask<LogPosition> LoadAsync(string name, CancellationToken cancel = default);

    ValueTask SaveAsync(string name, LogPosition position, CancellationToken cancel = default);
}
