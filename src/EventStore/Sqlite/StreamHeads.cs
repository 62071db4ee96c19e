namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// The memory of where streams end, of the writer and of readers, in two generations: whoever is not asked for while
/// as many others are is forgotten. Must be forgotten when a transaction fails or another process writes; the writer
/// does so before it takes its turn.
/// </summary>
internal sealed class StreamHeads(int perGeneration)
{
    private readonly Lock _gate = new();
    private volatile HeadTable _young = new();
    private volatile HeadTable _old = new();
    private long _generation;

    /// <summary>Changes whenever heads are forgotten. A reader takes it before it looks at the log; see <see cref="Learn"/>.</summary>
    public long Generation => Volatile.Read(ref _generation);

    public StreamHead? Find(string name, long hash) => _young.Find(name, hash) ?? FindOld(name, hash);

    /// <summary>The writer's: finds the head and keeps it from being forgotten.</summary>
    public StreamHead? FindAndKeep(string name, long hash)
    {
        // What the writer has begun to change it must not miss, as a reader may.
        lock (_gate)
        {
            if (_young.Find(name, hash) is { } young) return young;
            if (FindOld(name, hash) is not { } old) return null;

            // Not changed since it was young: who changes, keeps first.
            var kept = old.Replace();
            _young.Add(kept);
            return kept;
        }
    }

    /// <summary>The writer's: adds what it found inside its transaction.</summary>
    /// <returns>The head to go on with: a reader may have found the same meanwhile.</returns>
    public StreamHead Add(StreamHead head)
    {
        lock (_gate)
        {
            if (_young.Find(head.Name, head.NameHash) is { } learned) return learned;
            _young.Add(head);
            return head;
        }
    }

    /// <summary>
    /// A reader's: adds what it found in the log, unless heads were forgotten since <paramref name="generation"/>. If
    /// none were, whatever the writer has begun to change since is here already, and that is not touched.
    /// </summary>
    public void Learn(string name, long hash, long stream, long lastVersion, long generation)
    {
        lock (_gate)
        {
            if (_generation == generation && _young.Count < perGeneration && Find(name, hash) is null)
                _young.Add(new StreamHead(name, hash, stream, lastVersion));
        }
    }

    public void Forget()
    {
        lock (_gate)
        {
            _generation++;
            _old = new();
            _young = new();
        }
    }

    /// <summary>Called between transactions only: inside one, the heads of new streams are known nowhere else.</summary>
    public void ForgetIfMany()
    {
        if (_young.Count < perGeneration) return;
        lock (_gate)
        {
            _generation++;
            _old = _young;
            _young = new(_old.Size);
        }
    }

    // Whoever missed it among the young may be told only what still holds.
    private StreamHead? FindOld(string name, long hash) => _old.Find(name, hash) is { IsReplaced: false } old ? old : null;
}
