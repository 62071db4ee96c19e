namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// How long a commit waits for the callers just answered to come again: otherwise the first of them would have a commit
/// of his own, and the others would wait for two. The thread sleeps until enough are there: on a machine of two
/// processors, spinning takes from them what they need to come. Those who did not come in time are not waited for
/// again for a while.
/// </summary>
internal sealed class Gathering : IDisposable
{
    // Sleeps can be no shorter. A crowd that comes at all wakes the sleeper long before.
    private const int LongestMilliseconds = 1;
    private const int CommitsBetweenTries = 32;

    private readonly ManualResetEventSlim _enough = new(initialState: false, spinCount: 1);
    private int _answered = 1;
    private int _cameInTime = int.MaxValue;
    private int _commitsUntilTry;

    /// <summary>Requests that the next commit should have.</summary>
    public int Target => Math.Min(_answered, _cameInTime);

    /// <summary>The last commit was shared, or others waited for its end.</summary>
    public bool IsCrowd => _answered > 1;

    /// <summary>Wakes the thread that waits.</summary>
    public void Enough() => _enough.Set();

    /// <summary>To be called before the last look at what has come; what comes later, wakes.</summary>
    public void Prepare() => _enough.Reset();

    /// <returns>False when too few came in time.</returns>
    public bool Wait() => _enough.Wait(LongestMilliseconds);

    /// <summary>So many were there when time was up.</summary>
    public void TimeIsUp(int came)
    {
        _cameInTime = Math.Max(1, came);
        _commitsUntilTry = CommitsBetweenTries;
    }

    /// <param name="answered">Callers who may come again, and those who wait already.</param>
    public void Committed(int answered)
    {
        _answered = Math.Max(1, answered);
        if (_cameInTime >= _answered || --_commitsUntilTry > 0) return;
        _cameInTime = _answered;
    }

    public void Dispose() => _enough.Dispose();
}
