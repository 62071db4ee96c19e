using System.Diagnostics;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Group commit. A caller who finds nobody committing commits his own append on his own thread: no hop, a lone writer
/// is as fast as the disk. Whoever comes meanwhile waits in a queue, which a dedicated thread then commits, many
/// appends at a time, for as long as there are any.
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
    private readonly Lock _gate = new();
    private readonly List<AppendRequest> _batch = [];
    private List<AppendRequest> _arriving = [];
    private List<AppendRequest> _drained = [];
    private int _drainedTaken;
    private bool _committing;
    private bool _closing;
    private int _expected;
    private long _commits;
    private long _commitTicks;

    public Committer(BatchWriter writer, Checkpointer checkpointer, HeadSignal head, TimeSpan patience)
    {
        _writer = writer;
        _checkpointer = checkpointer;
        _head = head;
        _patience = patience;
        _thread = new Thread(Run) { IsBackground = true, Name = "event log commits" };
        _thread.Start();
    }

    public long Commits => Volatile.Read(ref _commits);

    public Task<Appended> Submit(AppendRequest request, CancellationToken cancel)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, typeof(SqliteEventLog));
            if (_committing)
            {
                request.CancelWith(cancel);
                _arriving.Add(request);
                return request.Task;
            }

            _committing = true;
        }

        CommitAlone(request, cancel);
        return request.Task;
    }

    /// <summary>Takes no more; ends when what waits has been answered.</summary>
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
            // Another process is writing: that may take long, and this thread is not ours to block.
            if (!taken)
            {
                request.CancelWith(cancel);
                _arriving.Insert(0, request);
            }

            _expected = _arriving.Count + 1;
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

    /// <summary>
    /// Waits a moment for the callers just answered to come again, when there were several: otherwise the first of
    /// them would have a commit of his own, and the others would wait for two.
    /// </summary>
    private bool Gather()
    {
        if (_drainedTaken < _drained.Count || Arrived() > 0) return true;
        if (_expected <= 1) return false;
        var until = Stopwatch.GetTimestamp() + GatherTicks();
        var spin = new SpinWait();
        while (Arrived() == 0)
        {
            if (Stopwatch.GetTimestamp() > until) return false;
            spin.SpinOnce(sleep1Threshold: -1);
        }

        return true;
    }

    // Waiting costs at most half of what a second commit would.
    private long GatherTicks() => Math.Clamp(_commitTicks / 2, Stopwatch.Frequency / 40_000, Stopwatch.Frequency / 3_000);

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

        _expected = Math.Max(1, _expected);
    }

    private void Begin()
    {
        var start = Stopwatch.GetTimestamp();
        while (!_writer.TryBegin())
        {
            if (Stopwatch.GetElapsedTime(start) > _patience)
            {
                // Nobody may wait for ever: those who wait now are told, those who come later try again.
                while (Next() is { } request) if (request.TryTake()) _batch.Add(request);
                throw SqliteFailure.Of(SQLitePCL.raw.SQLITE_BUSY, $"for {_patience.TotalSeconds} s", _writer.Path);
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>Takes requests while they come: those who arrive while others are written still join the commit.</summary>
    private void TakeArriving()
    {
        var bytes = 0L;
        var until = 0L;
        var spin = new SpinWait();
        while (_batch.Count < MaxBatch && bytes < MaxBatchBytes)
        {
            if (Next() is { } request)
            {
                until = 0;
                if (!request.TryTake()) continue;
                _batch.Add(request);
                foreach (var e in request.Events) bytes += e.Data.Length + e.Metadata.Length;
                _writer.Take(request);
                continue;
            }

            if (_batch.Count >= _expected) return;
            var now = Stopwatch.GetTimestamp();
            if (until == 0) until = now + GatherTicks();
            if (now > until) return;
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

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
        var start = Stopwatch.GetTimestamp();
        _writer.Commit();
        var now = Stopwatch.GetTimestamp();
        _commitTicks = ((_commitTicks * 7) + now - start) / 8;
        Volatile.Write(ref _commits, _commits + 1);
        LogMeter.Committed(_batch);
        _head.Advance(_writer.Head);
        _expected = _batch.Count + Arrived() + _drained.Count - _drainedTaken;
        foreach (var request in _batch) request.Answer();
        _batch.Clear();
        _checkpointer.AfterCommit(_writer);
    }

    private void FailBatch(Exception failure, AppendRequest? alone)
    {
        try
        {
            _writer.Rollback();
        }
        catch (EventLogException)
        {
            // The failure that led here is the one to tell; the next begin reports if the connection is beyond use.
        }

        if (_batch.Count == 0) alone?.Fail(failure);
        foreach (var request in _batch) request.Fail(failure);
        _batch.Clear();
    }
}
