using System.Collections.Concurrent;

namespace Cqrs.EventStore.Sqlite;

/// <summary>Readers at rest. A read takes one, or opens one; as many are kept as are useful at once.</summary>
public sealed class ReaderPool<TReader>(Func<TReader> open) : IDisposable
    where TReader : class, IDisposable
{
    private static readonly int Kept = Environment.ProcessorCount * 2;

    private readonly ConcurrentStack<TReader> _idle = new();
    private int _idleCount;
    private volatile bool _closed;

    public TReader Take()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (!_idle.TryPop(out var reader)) return open();
        Interlocked.Decrement(ref _idleCount);
        return reader;
    }

    public void Return(TReader reader)
    {
        if (_closed || Volatile.Read(ref _idleCount) >= Kept)
        {
            reader.Dispose();
            return;
        }

        Interlocked.Increment(ref _idleCount);
        _idle.Push(reader);

        // Closed in between: whoever closed may not have seen this one.
        if (_closed) Dispose();
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryPop(out var reader)) reader.Dispose();
    }
}
