namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Answers the callers of a commit, and wakes subscribers, on the thread pool: the thread that commits goes on at once,
/// and the pool is woken once for many callers and not for each.
/// </summary>
internal sealed class Answers : IThreadPoolWorkItem
{
    private const int LeastPerItem = 16;

    private readonly AppendRequest[] _requests;
    private readonly HeadSignal? _signal;
    private readonly long _head;

    private Answers(AppendRequest[] requests, HeadSignal? signal, long head) => (_requests, _signal, _head) = (requests, signal, head);

    public static void Give(List<AppendRequest> batch, HeadSignal signal, long head)
    {
        if (batch.Count == 1)
        {
            batch[0].Answer();
            signal.Advance(head);
            return;
        }

        var size = Math.Max(LeastPerItem, (batch.Count + Environment.ProcessorCount - 1) / Environment.ProcessorCount);
        for (var i = 0; i < batch.Count; i += size)
        {
            var requests = batch.GetRange(i, Math.Min(size, batch.Count - i)).ToArray();
            ThreadPool.UnsafeQueueUserWorkItem(new Answers(requests, i == 0 ? signal : null, head), preferLocal: false);
        }
    }

    public void Execute()
    {
        foreach (var request in _requests) request.Answer();
        _signal?.Advance(_head);
    }
}
