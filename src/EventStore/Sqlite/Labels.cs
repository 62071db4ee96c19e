namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Categories and event types by the small numbers that stand for them in the rows. Numbers are never reused, so
/// what has been read once holds. Only what is committed gets in.
/// </summary>
internal sealed class Labels
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _ids = [];
    private string?[] _texts = new string?[64];

    public long? Find(ReadOnlySpan<char> text)
    {
        lock (_gate)
        {
            return _ids.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var id) ? id : null;
        }
    }

    /// <summary>The text, or null when this process has not met the label yet.</summary>
    public string? Text(long id)
    {
        var texts = Volatile.Read(ref _texts);
        return id < texts.Length ? Volatile.Read(ref texts[id]) : null;
    }

    public void Add(long id, string text)
    {
        lock (_gate)
        {
            if (!_ids.TryAdd(text, id)) return;
            if (id >= _texts.Length)
            {
                var larger = new string?[Math.Max(id + 1, _texts.Length * 2)];
                _texts.CopyTo(larger, 0);
                Volatile.Write(ref _texts, larger);
            }

            Volatile.Write(ref _texts[id], text);
        }
    }
}

/// <summary>Looks up labels in the log for one connection, and remembers them in <see cref="Labels"/>.</summary>
internal sealed class LabelLookup(SqliteConnectionHandle connection, Labels labels)
{
    private readonly Statement _byText = connection.Prepare("SELECT id FROM labels WHERE text = ?1");
    private readonly Statement _byId = connection.Prepare("SELECT text FROM labels WHERE id = ?1");

    public long? Find(ReadOnlySpan<char> text)
    {
        if (labels.Find(text) is { } known) return known;
        var label = text.ToString();
        if (_byText.BindText(1, label).Number() is not { } id) return null;
        labels.Add(id, label);
        return id;
    }

    public string Text(long id)
    {
        if (labels.Text(id) is { } known) return known;
        try
        {
            var text = _byId.Bind(1, id).Step() ? _byId.Text(0) : throw connection.Failure(SQLitePCL.raw.SQLITE_CORRUPT);
            labels.Add(id, text);
            return text;
        }
        finally
        {
            _byId.Reset();
        }
    }
}
