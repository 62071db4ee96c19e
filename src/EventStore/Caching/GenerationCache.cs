using System.Collections.Concurrent;

namespace Cqrs.EventStore.Caching;

/// <summary>
/// A bounded cache in two generations: what was used lately moves to the young one; when that is full, the old one is
/// dropped whole. Reads take no lock and keep no order, unlike a list of least recent use.
/// </summary>
/// <param name="capacity">The most that it keeps, about.</param>
public sealed class GenerationCache<TKey, TValue>(int capacity)
    where TKey : notnull
    where TValue : class
{
    private volatile ConcurrentDictionary<TKey, TValue> _young = new();
    private volatile ConcurrentDictionary<TKey, TValue> _old = new();
    private readonly Lock _turning = new();
    private int _added;

    public TValue? Find(TKey key)
    {
        if (_young.TryGetValue(key, out var value)) return value;
        if (!_old.TryGetValue(key, out value)) return null;
        Set(key, value);
        return value;
    }

    public void Set(TKey key, TValue value)
    {
        _young[key] = value;
        if (Interlocked.Increment(ref _added) < capacity / 2) return;
        lock (_turning)
        {
            if (_added < capacity / 2) return;
            _added = 0;
            _old = _young;
            _young = new();
        }
    }

    public void Remove(TKey key)
    {
        _young.TryRemove(key, out _);
        _old.TryRemove(key, out _);
    }
}
