using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// What an instance knows without asking SQLite: where the log ends, where streams end, the newest events. It holds
/// while nobody else has written since (<see cref="Turn"/>); otherwise, and for all that is not here, the log is read.
/// </summary>
/// <remarks>
/// A reader first asks whose turn it is and then looks: what it finds is at least as new as that moment. The writer
/// does the reverse: it puts memory right (<see cref="BeginTurn"/>) and then takes its turn.
/// </remarks>
internal sealed class LogMemory(Turn turn, StreamHeads heads, LogTail tail) : IDisposable
{
    private const long Unknown = -1;

    private long _head = Unknown;
    private long _shown;
    private volatile bool _closed;

    public StreamHeads Heads => heads;

    public LogTail Tail => tail;

    public Turn Turn => turn;

    /// <summary>Position of the newest event, when it is known without looking.</summary>
    public bool TryHead(out long head)
    {
        head = Unknown;
        if (_closed || !turn.IsMine) return false;

        // Someone who read the log has been faster than the publishing of a commit: time must not go back for him.
        var shown = Volatile.Read(ref _shown);
        head = Volatile.Read(ref _head);
        return head != Unknown && head >= shown;
    }

    /// <summary>The version at which the stream ends, when it is known and lies before <paramref name="fromVersion"/>.</summary>
    public bool TryEndBefore(string stream, long nameHash, long fromVersion, out long lastVersion)
    {
        lastVersion = StreamVersion.None;
        if (!TryHead(out _) || heads.Find(stream, nameHash) is not { } head) return false;
        lastVersion = head.Committed;
        return lastVersion < Math.Max(0, fromVersion);
    }

    /// <summary>A page of the log from memory; null when it must be read.</summary>
    public LogPage? TryRead(long from, int maxCount, LogMatch match) =>
        TryHead(out var head) ? tail.Read(from, head, maxCount, match) : null;

    /// <summary>A reader of the log has seen it up to here.</summary>
    public void Shown(long position)
    {
        for (var shown = Volatile.Read(ref _shown); position > shown;)
        {
            var before = Interlocked.CompareExchange(ref _shown, position, shown);
            if (before == shown) return;
            shown = before;
        }
    }

    /// <summary>
    /// The writer is inside a transaction and finds the log to end at <paramref name="head"/>. When that is not where it
    /// left it, what it knew of streams no longer holds.
    /// </summary>
    public void BeginTurn(long head)
    {
        if (Volatile.Read(ref _head) != head)
        {
            heads.Forget();
            Volatile.Write(ref _head, head);
        }

        if (!turn.IsMine) turn.Take();
    }

    /// <summary>The transaction is committed: everyone may know of it. Events in their order.</summary>
    public void Committed(List<StreamHead> changed, List<RecordedEvent> events, long head)
    {
        // Who sees an event must find it in its stream as well.
        foreach (var stream in changed) stream.Publish();
        foreach (var e in events) tail.Add(e);
        Volatile.Write(ref _head, head);
        heads.ForgetIfMany();
    }

    /// <summary>The transaction failed. What is in the log now is for the next one to find out.</summary>
    public void Failed()
    {
        Volatile.Write(ref _head, Unknown);
        heads.Forget();
    }

    /// <summary>From now on everything is asked of the log, which says that it is closed.</summary>
    public void Close() => _closed = true;

    public void Dispose() => turn.Dispose();
}
