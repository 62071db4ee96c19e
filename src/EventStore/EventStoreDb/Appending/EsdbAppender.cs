using System.Collections.Concurrent;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.EventStoreDb.Appending;

/// <summary>
/// Appends, and distinguishes repeated appends from first ones, which the protocol does not: it answers both alike. A
/// position that is not beyond the head known before the append was sent can only belong to events that were there.
/// Equal appends of this process are sent one after the other, so the second knows the result of the first. When another
/// process sends the same append at the same moment, a repetition may be reported as a first append; no event is written twice.
/// </summary>
internal sealed class EsdbAppender(EsdbConnection connection, Attempts attempts, Func<CancellationToken, Task<LogPosition>> head) : IDisposable
{
    private readonly ConcurrentDictionary<(string Stream, Guid First), Task> _underWay = new();
    private readonly SemaphoreSlim _learning = new(1, 1);
    private readonly Lock _lock = new();
    private BatchCall? _batch;
    private Task _sentBefore = Task.CompletedTask;
    private long _known = -1;

    /// <summary>The log is known to reach this position.</summary>
    public void Saw(LogPosition position)
    {
        var known = Volatile.Read(ref _known);
        while (known >= 0 && position.Value > known)
        {
            var before = Interlocked.CompareExchange(ref _known, position.Value, known);
            if (before == known) return;
            known = before;
        }
    }

    /// <summary>
    /// Appends after all appends that were given here before: sent when those were sent, and only once. A server carries
    /// out a call of batches in the order in which it was sent; servers without batches get one append at a time.
    /// </summary>
    /// <param name="lastOf">Reads the position of an event, for answers without one.</param>
    public async Task<Appended> AppendInOrderAsync(AppendAsked asked, Func<string, long, CancellationToken, Task<LogPosition>> lastOf, CancellationToken cancel)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _sentBefore, sent.Task);
        try
        {
            await before;
            return await AppendAsync(asked, sent, lastOf, cancel);
        }
        finally
        {
            sent.TrySetResult();
        }
    }

    /// <param name="sent">Completed when the append is on its way; the append is then not repeated.</param>
    public async Task<Appended> AppendAsync(AppendAsked asked, TaskCompletionSource? sent, Func<string, long, CancellationToken, Task<LogPosition>> lastOf, CancellationToken cancel)
    {
        var key = (asked.Stream, asked.Events[0].Id);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (!_underWay.TryAdd(key, done.Task))
        {
            if (_underWay.TryGetValue(key, out var other)) await other.WaitAsync(cancel);
        }

        try
        {
            return await AppendAloneAsync(asked, sent, lastOf, cancel);
        }
        finally
        {
            _underWay.TryRemove(key, out _);
            done.SetResult();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _batch?.Dispose();
            _batch = null;
        }

        _learning.Dispose();
    }

    private async Task<Appended> AppendAloneAsync(AppendAsked asked, TaskCompletionSource? sent, Func<string, long, CancellationToken, Task<LogPosition>> lastOf, CancellationToken cancel)
    {
        var known = await KnownAsync(cancel);
        cancel.ThrowIfCancellationRequested();

        // The server may carry out an append that was sent even when the caller cancels, so the answer is awaited.
        var outcome = await attempts.RunAsync(
            (node, left, end) =>
            {
                if (!node.HasBatches) return SingleAppend.SendAsync(node, asked, left, end);
                var answer = BatchTo(node).SendAsync(asked, left, end);
                sent?.TrySetResult();
                return answer;
            },
            connection.Settings.Deadline,
            CancellationToken.None,
            once: sent is not null);
        if (outcome.Conflict) throw new WrongExpectedVersionException(asked.Stream, asked.Expected, outcome.Version);
        if (outcome.Position is { } position && position.Value > known)
        {
            Saw(position);
            return new(outcome.Version, position, AlreadyThere: false);
        }

        // Servers differ in the position that they give a repetition; the event itself has the right one.
        position = await lastOf(asked.Stream, outcome.Version, CancellationToken.None);
        var there = position.Value <= known;
        Saw(position);
        return new(outcome.Version, position, there);
    }

    private BatchCall BatchTo(ConnectedNode node)
    {
        lock (_lock)
        {
            if (_batch is { IsBroken: false } batch && batch.Node == node) return batch;
            _batch?.Dispose();
            return _batch = new(node);
        }
    }

    private async ValueTask<long> KnownAsync(CancellationToken cancel)
    {
        var known = Volatile.Read(ref _known);
        if (known >= 0) return known;
        await _learning.WaitAsync(cancel);
        try
        {
            if (_known < 0) Volatile.Write(ref _known, (await head(cancel)).Value);
            return _known;
        }
        finally
        {
            _learning.Release();
        }
    }
}
