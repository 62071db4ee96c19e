using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>An append on its way: waiting, taken into a commit, answered.</summary>
internal sealed class AppendRequest(string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events)
    : TaskCompletionSource<Appended>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;

    private int _state;
    private CancellationTokenRegistration _cancellation;

    public string Stream { get; } = stream;

    /// <summary>Made by the caller's thread: the one that commits has more to do.</summary>
    public long NameHash { get; } = Sqlite.NameHash.Of(stream);

    public ExpectedVersion Expected { get; } = expected;

    public IReadOnlyList<EventToAppend> Events { get; } = events;

    /// <summary>The time that the first event carries; null when it carries none. Read in the caller's thread.</summary>
    public DateTimeOffset? OwnTime { get; } = Serialization.OwnTime.Of(events[0].Metadata.Span);

    /// <summary>The answer that holds once the transaction is committed.</summary>
    public Appended Outcome { get; set; }

    /// <summary>The refusal that holds once the transaction is committed.</summary>
    public WrongExpectedVersionException? Refusal { get; set; }

    /// <summary>Lets the caller give up until the request is taken into a commit.</summary>
    public void CancelWith(CancellationToken cancel)
    {
        if (!cancel.CanBeCanceled) return;
        _cancellation = cancel.UnsafeRegister(
            static (state, token) =>
            {
                var request = (AppendRequest)state!;
                if (Interlocked.CompareExchange(ref request._state, Cancelled, Waiting) == Waiting) request.TrySetCanceled(token);
            },
            this);
    }

    /// <summary>False when the caller has given up.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

    /// <summary>Answers the caller, after the commit.</summary>
    public void Answer()
    {
        _cancellation.Unregister();
        if (Refusal is null) TrySetResult(Outcome);
        else TrySetException(Refusal);
    }

    public void Fail(Exception failure)
    {
        _cancellation.Unregister();
        TrySetException(failure);
    }
}
