using System.Collections.Concurrent;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.EventStoreDb.Appending;

/// <summary>
/// Appends, and tells repetitions from first times, which the protocol does not: both are answered alike. An answer
/// that lies no further than what was known of the log before the append was sent can only be of events that were
/// there. Equal appends of this process go one after the other, so the second knows of the first. An append that
/// another process carries out at the same moment may be taken for a first time; no event is written twice for that.
/// </summary>
internal sealed class EsdbAppender(EsdbConnection connection, Attempts attempts, Func<CancellationToken, Task<LogPosition>> head) : IDisposable
{
    private readonly ConcurrentDictionary<(string Stream, Guid First), Task> _underWay = new();
    private readonly SemaphoreSlim _learning = new(1, 1);
    private readonly Lock _lock = new();
    private BatchCall? _batch;
    private long _known = -1;

    /// <summary>Somebody has seen the log up to here.</summary>
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

    /// <param name="lastOf">Position of an event, for answers that do not tell it.</param>
    public async Task<Appended> AppendAsync(AppendAsked asked, Func<string, long, CancellationToken, Task<LogPosition>> lastOf, CancellationToken cancel)
    {
        var key = (asked.Stream, asked.Events[0].Id);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (!_underWay.TryAdd(key, done.Task))
        {
            if (_underWay.TryGetValue(key, out var other)) await other.WaitAsync(cancel);
        }

        try
        {
            return await AppendAloneAsync(asked, lastOf, cancel);
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

    private async Task<Appended> AppendAloneAsync(AppendAsked asked, Func<string, long, CancellationToken, Task<LogPosition>> lastOf, CancellationToken cancel)
    {
        var known = await KnownAsync(cancel);
        cancel.ThrowIfCancellationRequested();

        // Once sent it may be carried out whether somebody waits or not: the answer is awaited.
        var outcome = await attempts.RunAsync(
            (node, left, end) => node.HasBatches ? BatchTo(node).SendAsync(asked, left, end) : SingleAppend.SendAsync(node, asked, left, end),
            connection.Settings.Deadline,
            CancellationToken.None);
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
