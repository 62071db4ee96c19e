namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Tells those who wait for events that there are some: at once when this process appends, and by looking at the
/// file every so often, only while someone waits, when another does.
/// </summary>
internal sealed class HeadSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeSpan _interval;
    private readonly Func<long> _readHead;
    private readonly ITimer _timer;
    private TaskCompletionSource? _waiting;
    private long _head;
    private bool _ticking;
    private bool _closed;

    // The real time, not the log's clock: that one tells when events happened, and stands still in tests.
    public HeadSignal(TimeSpan interval, Func<long> readHead)
    {
        _interval = interval;
        _readHead = readHead;
        _timer = TimeProvider.System.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends when there are events after the position.</summary>
    public Task WaitBeyondAsync(long position, CancellationToken cancel)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SqliteEventLog));
            if (_head > position) return Task.CompletedTask;
            _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_ticking)
            {
                _ticking = true;
                _timer.Change(_interval, Timeout.InfiniteTimeSpan);
            }

            return _waiting.Task.WaitAsync(cancel);
        }
    }

    public void Advance(long head)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            if (head <= _head) return;
            _head = head;
            waiting = _waiting;
            _waiting = null;
        }

        waiting?.TrySetResult();
    }

    public void Dispose()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _closed = true;
            waiting = _waiting;
            _waiting = null;
        }

        waiting?.TrySetException(new ObjectDisposedException(typeof(SqliteEventLog).FullName));
        _timer.Dispose();
    }

    private void Look()
    {
        try
        {
            Advance(_readHead());
            lock (_gate)
            {
                _ticking = _waiting is not null && !_closed;
                if (_ticking) _timer.Change(_interval, Timeout.InfiniteTimeSpan);
            }
        }
        catch (Exception e)
        {
            // Those who wait would wait for ever; let them know why, and begin anew.
            TaskCompletionSource? waiting;
            lock (_gate)
            {
                _ticking = false;
                waiting = _waiting;
                _waiting = null;
            }

            waiting?.TrySetException(e);
        }
    }
}
