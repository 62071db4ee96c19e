using System.Collections.Concurrent;

namespace Cqrs.Messaging.Mailboxes;

/// <summary>
/// The one that writes: a thread, one transaction at a time. What is asked for while a commit is under way waits and
/// then shares the next one, so that one flush to the disk serves as many as are waiting.
/// </summary>
internal sealed class MailboxWriter : IDisposable
{
    private const int LargestBatch = 512;

    private readonly BlockingCollection<Request> _queue = [];
    private readonly MailboxRows _rows;
    private readonly Thread _thread;
    private bool _isDisposed;

    public MailboxWriter(MailboxRows rows)
    {
        _rows = rows;

        // A thread of its own: it spends its life waiting for the disk, which the pool's threads must not.
        _thread = new(Work) { IsBackground = true, Name = "mailboxes.db writer" };
        _thread.Start();
    }

    /// <summary>Runs <paramref name="write"/> inside a transaction; the task ends when that is committed.</summary>
    /// <param name="isDurable">Whether it must be on the disk by then.</param>
    public Task<T> WriteAsync<T>(Func<MailboxRows, T> write, bool isDurable)
    {
        var request = new Request<T>(write, isDurable);
        try
        {
            _queue.Add(request);
        }
        catch (InvalidOperationException closed)
        {
            throw new ObjectDisposedException("The mailboxes have been closed.", closed);
        }

        return request.Done.Task;
    }

    public void Dispose()
    {
        // Whoever registers it as several services disposes of it as often.
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        _queue.CompleteAdding();
        _thread.Join();
        _rows.Dispose();
        _queue.Dispose();
    }

    private void Work()
    {
        var batch = new List<Request>();
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            batch.Add(first);
            while (batch.Count < LargestBatch && _queue.TryTake(out var next)) batch.Add(next);
            Commit(batch);
            batch.Clear();
        }
    }

    private void Commit(List<Request> batch)
    {
        try
        {
            _rows.Begin(batch.Exists(static request => request.IsDurable));
            foreach (var request in batch) request.Run(_rows);
            _rows.Commit();
        }
        catch (Exception failed)
        {
            // Whoever waits is told; a later request may fare better.
            batch.ForEach(request => request.Fail(failed));
            Undo();
            return;
        }

        batch.ForEach(static request => request.Complete());
    }

    private void Undo()
    {
        try
        {
            _rows.Undo();
        }
        catch (Exception)
        {
            // The next transaction says what is the matter.
        }
    }

    private abstract class Request(bool isDurable)
    {
        public bool IsDurable { get; } = isDurable;

        public abstract void Run(MailboxRows rows);

        public abstract void Complete();

        public abstract void Fail(Exception error);
    }

    private sealed class Request<T>(Func<MailboxRows, T> write, bool isDurable) : Request(isDurable)
    {
        private T _result = default!;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run(MailboxRows rows) => _result = write(rows);

        public override void Complete() => Done.SetResult(_result);

        public override void Fail(Exception error) => Done.SetException(error);
    }
}
