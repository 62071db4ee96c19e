using System.Diagnostics;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Group commit. When no other append is under way and none were lately, an append is committed on its caller's thread: no
/// thread switch, so a lone writer is as fast as the disk. Other appends wait in a queue; a dedicated thread commits them,
/// many at a time, for as long as there are any.
/// </summary>
internal sealed class Committer : IDisposable
{
    private const int MaxBatch = 4_096;
    private const long MaxBatchBytes = 16 * 1_024 * 1_024;

    private readonly BatchWriter _writer;
    private readonly Checkpointer _checkpointer;
    private readonly HeadSignal _head;
    private readonly TimeSpan _patience;
    private readonly Thread _thread;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Gathering _gathering = new();
    private readonly Lock _gate = new();
    private readonly List<AppendRequest> _batch = [];
    private List<AppendRequest> _arriving = [];
    private List<AppendRequest> _drained = [];
    private int _drainedTaken;
    private bool _committing;
    private bool _closing;
    private int _wanted = int.MaxValue;
    private long _commits;

    public Committer(BatchWriter writer, Checkpointer checkpointer, HeadSignal head, SqliteEventLogOptions options)
    {
        _writer = writer;
        _checkpointer = checkpointer;
        _head = head;
        _patience = options.WriterPatience;
        _thread = new Thread(Run) { IsBackground = true, Name = "event log commits" };
        _thread.Start();
    }

    public long Commits => Volatile.Read(ref _commits);

    /// <param name="queued">True: the append is always committed on the dedicated thread.</param>
    public Task<Appended> Submit(AppendRequest request, bool queued, CancellationToken cancel)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, typeof(SqliteEventLog));
            // Under contention, committing inline would cost an extra flush, for which all other appends would wait.
            if (_committing || queued || _gathering.IsCrowd || _writer.Turn.IsAskedFor)
            {
                request.CancelWith(cancel);
                _arriving.Add(request);
                if (_arriving.Count >= _wanted) _gathering.Enough();
                if (!_committing) _wake.Release();
                _committing = true;
                return request.Task;
            }

            _committing = true;
        }

        CommitAlone(request, cancel);
        return request.Task;
    }

    /// <summary>Takes no more appends; ends when those that wait have been answered.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            if (!_closing)
            {
                _closing = true;
                if (!_committing)
                {
                    _committing = true;
                    _wake.Release();
                }
            }
        }

        return _ended.Task;
    }

    public void Dispose()
    {
        _wake.Dispose();
        _gathering.Dispose();
        _writer.Dispose();
    }

    private void CommitAlone(AppendRequest request, CancellationToken cancel)
    {
        var taken = false;
        try
        {
            if (_writer.TryBegin())
            {
                taken = request.TryTake();
                _batch.Add(request);
                _writer.Take(request);
                Commit();
            }
        }
        catch (Exception e)
        {
            taken = true;
            FailBatch(e, request);
        }

        lock (_gate)
        {
            // Another process is writing: that may take long, and the caller's thread must not be blocked.
            if (!taken)
            {
                request.CancelWith(cancel);
                _arriving.Insert(0, request);
            }

            _gathering.Committed(_arriving.Count + (taken ? 1 : 0));
            if (_arriving.Count > 0 || _closing) _wake.Release();
            else _committing = false;
        }
    }

    private void Run()
    {
        while (true)
        {
            _wake.Wait();
            while (Gather()) CommitQueue();
            lock (_gate)
            {
                if (_arriving.Count > 0)
                {
                    _wake.Release();
                    continue;
                }

                _committing = false;
                if (!_closing) continue;
            }

            _ended.SetResult();
            return;
        }
    }

    /// <summary>Whether there is an append to commit; waits a moment when several have just been answered.</summary>
    private bool Gather()
    {
        _writer.Turn.LeaveGap();
        if (_drainedTaken < _drained.Count || Arrived() > 0) return true;
        if (_gathering.Target <= 1) return false;
        BeginAhead();

        // The first appends are written while the others arrive.
        if (WaitFor(Math.Max(1, _gathering.Target / 4)) || Arrived() > 0) return true;
        _writer.Abandon();
        return false;
    }

    /// <summary>Begins the next commit while the callers that were just answered make their next appends.</summary>
    private void BeginAhead()
    {
        try
        {
            _writer.BeginAhead(_gathering.Target);
        }
        catch (Exception)
        {
            // No caller waits for this; if the next commit fails as well, its callers are answered with that failure.
            _writer.Abandon();
        }
    }

    /// <summary>Waits at most a moment until so many appends are in the queue.</summary>
    private bool WaitFor(int count)
    {
        lock (_gate)
        {
            if (_arriving.Count >= count) return true;
            _gathering.Prepare();
            _wanted = count;
        }

        var enough = _gathering.Wait();
        lock (_gate)
        {
            _wanted = int.MaxValue;
            if (!enough) _gathering.TimeIsUp(_batch.Count + _arriving.Count);
        }

        return enough;
    }

    private int Arrived()
    {
        lock (_gate) return _arriving.Count;
    }

    private void CommitQueue()
    {
        try
        {
            Begin();
            TakeArriving();
            Commit();
        }
        catch (Exception e)
        {
            FailBatch(e, null);
        }
    }

    private void Begin()
    {
        var start = Stopwatch.GetTimestamp();
        while (!_writer.HasBegun && !_writer.TryBegin())
        {
            if (Stopwatch.GetElapsedTime(start) > _patience)
            {
                // No append waits for ever: those that wait now fail, later ones try again.
                while (Next() is { } request) if (request.TryTake()) _batch.Add(request);
                throw SqliteFailure.Of(SQLitePCL.raw.SQLITE_BUSY, $"for {_patience.TotalSeconds} s", _writer.Path);
            }

            _writer.Turn.Ask();
            Thread.Sleep(1);
        }
    }

    /// <summary>Takes requests while they arrive: those that arrive while others are written still join the commit.</summary>
    private void TakeArriving()
    {
        var bytes = 0L;
        while (_batch.Count < MaxBatch && bytes < MaxBatchBytes)
        {
            if (HasNext())
            {
                // Before the request is in the batch: a failure here is one of the requests before it.
                _writer.WriteWaiting();
                var request = Next()!;
                if (!request.TryTake()) continue;
                _batch.Add(request);
                foreach (var e in request.Events) bytes += e.Data.Length + e.Metadata.Length;
                _writer.Take(request);
                continue;
            }

            if (_batch.Count >= _gathering.Target) return;
            WaitFor(_gathering.Target - _batch.Count);
            if (Arrived() == 0) return;
        }
    }

    private bool HasNext() => _drainedTaken < _drained.Count || Arrived() > 0;

    private AppendRequest? Next()
    {
        if (_drainedTaken == _drained.Count)
        {
            _drained.Clear();
            _drainedTaken = 0;
            lock (_gate) (_drained, _arriving) = (_arriving, _drained);
            if (_drained.Count == 0) return null;
        }

        return _drained[_drainedTaken++];
    }

    private void Commit()
    {
        _writer.Commit();
        Volatile.Write(ref _commits, _commits + 1);
        LogMeter.Committed(_batch);
        _gathering.Committed(_batch.Count + Arrived() + _drained.Count - _drainedTaken);
        Answers.Give(_batch, _head, _writer.Head);
        _batch.Clear();
        _checkpointer.AfterCommit(_writer);
    }

    private void FailBatch(Exception failure, AppendRequest? alone)
    {
        _writer.Rollback();
        if (_batch.Count == 0) alone?.Fail(failure);
        foreach (var request in _batch) request.Fail(failure);
        _batch.Clear();
    }
}
