using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;

namespace Cqrs.EventStore.Copying;

/// <summary>
/// Positions are each log's own. A follower that goes on with the copy must find in its checkpoint the place of the same
/// event there.
/// </summary>
public sealed class MovedCheckpoints(IEventLog source, IEventLog target)
{
    /// <summary>Rewrites the table of checkpoints in a file, in one transaction.</summary>
    /// <param name="file">Its name in the folder; nothing is done where it is not.</param>
    /// <returns>The followers, and where they now stand.</returns>
    public async Task<IReadOnlyList<(string Name, LogPosition From, LogPosition To)>> MoveAsync(string folder, string file, CancellationToken cancel)
    {
        if (!File.Exists(Path.Combine(folder, file))) return [];
        using var tables = SqliteTables.Open(folder, file, CheckpointTable.Schema);
        var moved = new List<(string Name, LogPosition From, Checkpoint To)>();
        foreach (var (name, position) in tables.Checkpoints())
            moved.Add((name, position, await PlaceOfAsync(position, cancel)));

        using var transaction = tables.Begin();
        foreach (var (name, _, to) in moved) tables.ResetCheckpoint(name, to);
        transaction.Commit();
        return [.. moved.Select(one => (one.Name, one.From, one.To.Position))];
    }

    /// <summary>The place in the target of the newest event that lies no further than the position in the source.</summary>
    private async Task<Checkpoint> PlaceOfAsync(LogPosition position, CancellationToken cancel)
    {
        var page = await source.ReadAllAsync(new(position.Value + 1), 1, direction: ReadDirection.Backwards, cancel: cancel);
        if (page.Events is not [var seen]) return Checkpoint.Start;
        var slice = await target.ReadStreamAsync(seen.Stream, seen.Version, 1, cancel: cancel);
        return slice.Events is [var same] && same.Id == seen.Id
            ? new(same.Position, await CheckpointAnchor.OfAsync(target, same, cancel))
            : throw new LogsDifferException($"{seen.Stream}@{seen.Version}, which a follower has seen, is not in the target. Copy the log to its end first.");
    }
}
