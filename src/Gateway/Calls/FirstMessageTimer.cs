using System.IO.Pipelines;

namespace Cqrs.Gateway.Calls;

/// <summary>
/// Ends the library's wait for the message of a call that has exactly one. The library itself waits until the client's
/// deadline, and without a deadline for ever.
/// </summary>
internal sealed class FirstMessageTimer : IDisposable
{
    private const int Waiting = 0;
    private const int HasArrived = 1;
    private const int Expired = 2;

    private readonly PipeReader _body;
    private readonly Timer _timer;
    private int _state = Waiting;

    public FirstMessageTimer(PipeReader body, TimeSpan patience)
    {
        _body = body;
        _timer = new(static self => ((FirstMessageTimer)self!).Expire(), this, patience, Timeout.InfiniteTimeSpan);
    }

    public bool HasExpired => Volatile.Read(ref _state) == Expired;

    /// <summary>The handler runs: from here on it waits by itself.</summary>
    public void Arrived()
    {
        Interlocked.CompareExchange(ref _state, HasArrived, Waiting);
        _timer.Dispose();
    }

    public void Dispose() => _timer.Dispose();

    private void Expire()
    {
        if (Interlocked.CompareExchange(ref _state, Expired, Waiting) == Waiting) _body.CancelPendingRead();
    }
}
