namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Moves what is known of new events from memory into the tables, sorted as these are, a few with each commit: so that
/// neighbours share a page and no commit waits for a large merge. Part of the writer, inside its transactions.
/// </summary>
internal sealed class IndexMerger(SqliteConnectionHandle connection, StreamIndex index, int positionsInMemory)
{
    // What was merged before a crash, or by another process, is there already.
    private readonly Statement _insertName = connection.Prepare("INSERT OR IGNORE INTO stream_names VALUES (?1, ?2)");
    private readonly Statement _insertVersion = connection.Prepare("INSERT OR IGNORE INTO stream_events VALUES (?1, ?2, ?3)");
    private readonly Statement _mark = connection.Prepare("UPDATE streams_merged SET to_position = max(to_position, ?1)");

    private (long Hash, long Stream)[] _names = [];
    private (long Stream, long Version, long Position)[] _versions = [];
    private bool _merging;
    private long _mergingTo;
    private long _mergedTo;
    private int _done;
    private int _doneIfCommitted;

    /// <summary>Someone else wrote; the tables may be further than we know, also beyond what is being merged here.</summary>
    public void Refresh(long mergedTo)
    {
        _mergedTo = Math.Max(_mergedTo, mergedTo);
        if (_merging && _mergingTo <= _mergedTo) End();
    }

    /// <summary>Merges up to <paramref name="count"/> events more, when it is time.</summary>
    public void Advance(int count)
    {
        if (count <= 0 || (!_merging && !Begin())) return;

        // Each process begins at the beginning: those that end before they have merged all would never do it in small steps.
        var begin = _doneIfCommitted;
        var end = _versions.Length > 2 * positionsInMemory ? _versions.Length : Math.Min(begin + count, _versions.Length);

        // There are never more names than events.
        for (var i = begin; i < Math.Min(end, _names.Length); i++) _insertName.Bind(1, _names[i].Hash).Bind(2, _names[i].Stream).Run();
        for (var i = begin; i < end; i++)
            _insertVersion.Bind(1, _versions[i].Stream).Bind(2, _versions[i].Version).Bind(3, _versions[i].Position).Run();
        if (end == _versions.Length) _mark.Bind(1, _mergingTo).Run();
        _doneIfCommitted = end;
    }

    public void Committed()
    {
        if (!_merging) return;
        _done = _doneIfCommitted;
        if (_done < _versions.Length) return;
        _mergedTo = Math.Max(_mergedTo, _mergingTo);
        End();
    }

    public void RolledBack() => _doneIfCommitted = _done;

    private bool Begin()
    {
        if (index.SeenTo - _mergedTo < positionsInMemory) return false;
        var fresh = index.BeginMerge(out _mergingTo);
        _names = fresh.SortedNames();
        _versions = fresh.SortedVersions();
        _done = _doneIfCommitted = 0;
        return _merging = true;
    }

    private void End()
    {
        _merging = false;
        (_names, _versions) = ([], []);
        index.Merged(_mergedTo);
    }
}
