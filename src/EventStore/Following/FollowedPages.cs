using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Following;

/// <summary>The pages of a subscription, for a reader who does not always want to wait for the next one.</summary>
internal sealed class FollowedPages : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly IAsyncEnumerator<LogPage> _pages;
    private readonly TimeProvider _clock;
    private Task<bool>? _next;

    public FollowedPages(IEventLog log, LogPosition after, LogFilter filter, TimeProvider clock, CancellationToken cancel)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _pages = log.SubscribeAsync(after, filter, cancel: _stop.Token).GetAsyncEnumerator(_stop.Token);
        _clock = clock;
    }

    /// <param name="patience">How long to wait; for ever when null.</param>
    /// <returns>The next page; null when none has come in time.</returns>
    public async ValueTask<LogPage?> NextAsync(TimeSpan? patience)
    {
        _next ??= _pages.MoveNextAsync().AsTask();
        if (patience is { } longest && !_next.IsCompleted)
        {
            await _clock.DelayAsync(longest, _next, _stop.Token);
            if (!_next.IsCompleted) return null;
        }

        if (!await _next) throw new InvalidOperationException("A subscription does not end.");
        _next = null;
        return _pages.Current;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_next is not null) await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _pages.DisposeAsync();
        _stop.Dispose();
    }
}
