using System.Collections.Concurrent;
using Cqrs.Domain.Identity;

namespace Cqrs.EventStore.PersonalData;

/// <summary>
/// Keys used lately, at most so many. Who goes is decided by second chance: a key looked at since it was last
/// considered stays for another round.
/// </summary>
internal sealed class SubjectKeyCache(int capacity)
{
    private readonly ConcurrentDictionary<UserId, Entry> _entries = new();
    private readonly ConcurrentQueue<Entry> _order = new();

    // Counted here: to ask the dictionary takes all of its locks.
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public bool TryGet(UserId user, out SubjectKeyLookup lookup)
    {
        if (!_entries.TryGetValue(user, out var entry))
        {
            lookup = default;
            return false;
        }

        // Written only when it changes, so that a hot key's cache line stays shared between cores.
        if (!entry.Used)
            entry.Used = true;

        lookup = entry.Lookup;
        return true;
    }

    public void Add(UserId user, SubjectKeyLookup lookup)
    {
        var entry = new Entry(user, lookup);
        if (!_entries.TryAdd(user, entry))
            return;

        Interlocked.Increment(ref _count);
        _order.Enqueue(entry);
        while (Count > capacity && _order.TryDequeue(out var oldest))
        {
            if (oldest.Used)
            {
                oldest.Used = false;
                _order.Enqueue(oldest);
            }
            else
            {
                // Not destroyed: somebody may be using it. The cipher is freed when nobody does.
                if (_entries.TryRemove(new(oldest.User, oldest))) Interlocked.Decrement(ref _count);
            }
        }
    }

    /// <summary>The user is forgotten: whoever holds the key finds it destroyed.</summary>
    public void Forget(UserId user)
    {
        if (!_entries.TryRemove(user, out var entry))
            return;

        Interlocked.Decrement(ref _count);
        entry.Lookup.Key?.Destroy();
    }

    public void Clear()
    {
        foreach (var user in _entries.Keys)
            Forget(user);
    }

    private sealed class Entry(UserId user, SubjectKeyLookup lookup)
    {
        public readonly UserId User = user;
        public readonly SubjectKeyLookup Lookup = lookup;
        public volatile bool Used;
    }
}
