using System.Globalization;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Cli.Followers;

/// <summary>Judges checkpoints against the file of an embedded log, read-only: nothing is migrated or written.</summary>
internal sealed class SnapshotJudge : IDisposable
{
    private readonly SqliteSnapshot _log;
    private readonly Guid? _identity;
    private readonly LogPosition _end;

    private SnapshotJudge(SqliteSnapshot log)
    {
        _log = log;
        _end = new(log.Number("SELECT coalesce(max(position), 0) FROM events"));
        _identity = IdOf("SELECT hex(id) FROM events ORDER BY position LIMIT 1");
    }

    /// <exception cref="EventLogException">The file is missing, or no log.</exception>
    public static SnapshotJudge Of(string folder)
    {
        var log = SqliteSnapshot.Of(Path.Combine(folder, SqliteEventLog.FileName));
        try
        {
            return new(log);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    public ValueTask<CheckpointFault?> Judge(FollowerKind kind, Checkpoint checkpoint)
    {
        var atAnchor = checkpoint.Anchor is { } anchor
            ? IdOf(string.Create(CultureInfo.InvariantCulture, $"SELECT hex(id) FROM events WHERE position = {anchor.Position.Value}"))
            : null;
        if (CheckpointCheck.Judge(checkpoint, _identity, _end, atAnchor) is { } fault) return new(fault);
        return new(kind is FollowerKind.Bits && checkpoint.Position > _end ? new(CheckpointFaultKind.Ahead, checkpoint, _end) : (CheckpointFault?)null);
    }

    public void Dispose() => _log.Dispose();

    // Ids lie in the rows in the order in which they are written.
    private Guid? IdOf(string sql) => _log.Texts(sql) is [var hex] ? Guid.ParseExact(hex, "N") : null;
}
