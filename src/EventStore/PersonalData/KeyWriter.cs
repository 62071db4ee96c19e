using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Cqrs.EventStore.PersonalData;

/// <summary>
/// The writing side of keys.db: one thread, one transaction at a time. What is asked for while a commit is under way
/// waits and then shares the next one: a flush to disk serves as many as are waiting.
/// </summary>
internal sealed class KeyWriter : IDisposable
{
    private const int LargestBatch = 512;
    private const int WipeTries = 3;

    private readonly BlockingCollection<Request> _queue = [];
    private readonly SqliteConnection _connection;
    private readonly Thread _thread;
    private bool _isDisposed;

    public KeyWriter(SqliteConnection connection)
    {
        _connection = connection;

        // A thread of its own: it spends its life waiting for the disk, which the pool's threads must not.
        _thread = new(Work) { IsBackground = true, Name = "keys.db writer" };
        _thread.Start();
    }

    /// <summary>How many commits there have been.</summary>
    public long Commits { get; private set; }

    /// <summary>Runs <paramref name="write"/> inside a transaction; the task ends when that is durable.</summary>
    /// <param name="wipe">Also empty the journal, so that nothing of what was overwritten is left in it.</param>
    public Task WriteAsync(Action<SqliteConnection> write, bool wipe = false)
    {
        var request = new Request(write, wipe);
        try
        {
            _queue.Add(request);
        }
        catch (InvalidOperationException closed)
        {
            throw new ObjectDisposedException("The keys have been closed.", closed);
        }

        return request.Done.Task;
    }

    public void Dispose()
    {
        // Whoever registers it as several services disposes of it as often.
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;

        _queue.CompleteAdding();
        _thread.Join();
        _connection.Dispose();
        _queue.Dispose();
    }

    private void Work()
    {
        var batch = new List<Request>();
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            batch.Add(first);
            while (batch.Count < LargestBatch && _queue.TryTake(out var next))
                batch.Add(next);

            Commit(batch);
            batch.Clear();
        }
    }

    private void Commit(List<Request> batch)
    {
        try
        {
            using (var transaction = _connection.BeginTransaction(deferred: false))
            {
                foreach (var request in batch)
                    request.Write(_connection);

                transaction.Commit();
            }

            Commits++;
            batch.ForEach(request =>
            {
                if (!request.Wipe)
                    request.Done.SetResult();
            });
            if (batch.Exists(request => request.Wipe))
                EmptyJournal();

            batch.ForEach(request => request.Done.TrySetResult());
        }
        catch (Exception failed)
        {
            // Whoever waits is told; a later request may fare better.
            var told = failed as PersonalDataException ?? SqliteKeys.Unavailable(failed);
            batch.ForEach(request => request.Done.TrySetException(told));
        }
    }

    private void EmptyJournal()
    {
        for (var i = 0; i < WipeTries; i++)
            if (_connection.TryEmptyJournal())
                return;

        throw new PersonalDataException(
            PersonalDataException.KeyNotWiped,
            $"The key is deleted, but a reader of {SqliteKeys.FileName} kept its old bytes in the journal; delete it again to wipe them.");
    }

    private sealed record Request(Action<SqliteConnection> Write, bool Wipe)
    {
        public readonly TaskCompletionSource Done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
