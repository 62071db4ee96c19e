namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Moves the names of new streams from memory into their index, sorted as the index is, a few with each commit: so
/// that neighbours share a page and no commit waits for a large merge. Part of the writer, inside its transactions.
/// </summary>
internal sealed class NameMerger(SqliteConnectionHandle connection, StreamNames names, int positionsInMemory)
{
    private readonly Statement _insert = connection.Prepare("INSERT OR IGNORE INTO stream_names VALUES (?1, ?2)");
    private readonly Statement _mark = connection.Prepare("UPDATE stream_names_merged SET to_position = max(to_position, ?1)");

    private (long Hash, long Stream)[]? _sorted;
    private long _sortedTo;
    private long _mergedTo;
    private int _done;
    private int _doneIfCommitted;

    /// <summary>Someone else wrote; the index may be further than we know.</summary>
    public void Refresh(long mergedTo)
    {
        _mergedTo = Math.Max(_mergedTo, mergedTo);
        if (_sorted is not null && _sortedTo <= _mergedTo) End();
    }

    /// <summary>Merges up to <paramref name="count"/> names, when it is time.</summary>
    public void Advance(int count)
    {
        if (_sorted is null && !Begin()) return;
        var end = Math.Min(_done + count, _sorted!.Length);
        for (var i = _done; i < end; i++) _insert.Bind(1, _sorted[i].Hash).Bind(2, _sorted[i].Stream).Run();
        if (end == _sorted.Length) _mark.Bind(1, _sortedTo).Run();
        _doneIfCommitted = end;
    }

    public void Committed()
    {
        if (_sorted is null) return;
        _done = _doneIfCommitted;
        if (_done < _sorted.Length) return;
        _mergedTo = Math.Max(_mergedTo, _sortedTo);
        End();
    }

    public void RolledBack() => _doneIfCommitted = _done;

    private bool Begin()
    {
        if (names.SeenTo - _mergedTo < positionsInMemory) return false;
        _sortedTo = names.SeenTo;
        _sorted = [.. names.BeginMerge().Select(entry => (StreamNames.Hash(entry.Key), entry.Value))];
        Array.Sort(_sorted);
        _done = _doneIfCommitted = 0;
        return true;
    }

    private void End()
    {
        _sorted = null;
        names.EndMerge();
    }
}
