using System.Collections.Concurrent;

namespace Cqrs.EventStore.Sqlite;

/// <summary>Where a stream ends: as the writer sees it inside its transaction, and as it is committed.</summary>
internal sealed class StreamHead(string name, long stream, long lastVersion)
{
    private long _committed = lastVersion;

    public string Name { get; } = name;

    /// <summary>Position of the first event; 0 while there is none. The writer's.</summary>
    public long Stream { get; set; } = stream;

    /// <summary>Version of the newest event, −1 when there is none; inside a transaction with what it has taken. The writer's.</summary>
    public long LastVersion { get; set; } = lastVersion;

    /// <summary>Version of the newest committed event, for every thread.</summary>
    public long Committed => Volatile.Read(ref _committed);

    /// <summary>The transaction is committed.</summary>
    public void Publish() => Volatile.Write(ref _committed, LastVersion);
}

/// <summary>
/// The memory of where streams end, of the writer and of readers, in two generations: whoever is not asked for while
/// as many others are is forgotten. Must be forgotten when a transaction fails or another process writes; the writer
/// does so before it takes its turn.
/// </summary>
internal sealed class StreamHeads(int perGeneration = 49_152)
{
    private readonly Lock _gate = new();
    private volatile ConcurrentDictionary<string, StreamHead> _young = Empty();
    private volatile ConcurrentDictionary<string, StreamHead> _old = Empty();
    private int _youngCount;
    private long _generation;

    /// <summary>Changes whenever heads are forgotten. A reader takes it before it looks at the log; see <see cref="Learn"/>.</summary>
    public long Generation => Volatile.Read(ref _generation);

    public StreamHead? Find(string name) =>
        _young.TryGetValue(name, out var head) || _old.TryGetValue(name, out head) ? head : null;

    /// <summary>The writer's: finds the head and keeps it from being forgotten.</summary>
    public StreamHead? FindAndKeep(string name)
    {
        if (_young.TryGetValue(name, out var head)) return head;
        if (!_old.TryGetValue(name, out head)) return null;
        Add(head);
        return head;
    }

    /// <summary>The writer's: adds what it found inside its transaction, or begins.</summary>
    public void Add(StreamHead head)
    {
        lock (_gate)
        {
            if (_young.TryAdd(head.Name, head)) _youngCount++;
            else _young[head.Name] = head;
        }
    }

    /// <summary>
    /// A reader's: adds what it found in the log, unless heads were forgotten since <paramref name="generation"/>. If
    /// none were, whatever the writer has begun to change since is here already, and that is not touched.
    /// </summary>
    public void Learn(string name, long stream, long lastVersion, long generation)
    {
        lock (_gate)
        {
            if (_generation != generation || _youngCount >= perGeneration || Find(name) is not null) return;
            _youngCount++;
            _young[name] = new StreamHead(name, stream, lastVersion);
        }
    }

    public void Forget()
    {
        lock (_gate)
        {
            _generation++;
            _old = Empty();
            _young = Empty();
            _youngCount = 0;
        }
    }

    /// <summary>Called between transactions only: inside one, the heads of new streams are known nowhere else.</summary>
    public void ForgetIfMany()
    {
        if (_youngCount < perGeneration) return;
        lock (_gate)
        {
            _generation++;
            _old = _young;
            _young = Empty();
            _youngCount = 0;
        }
    }

    private static ConcurrentDictionary<string, StreamHead> Empty() => new(StringComparer.Ordinal);
}
