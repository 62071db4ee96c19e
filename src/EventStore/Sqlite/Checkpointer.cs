using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Keeps the write-ahead log short without stopping appends: a thread of its own copies most of it while commits go
/// on, then the writer copies the little rest between two commits, and the log begins anew.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    private const int Idle = 0;
    private const int Copying = 1;
    private const int Copied = 2;

    private readonly SqliteConnectionHandle _connection;
    private readonly int _pages;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Thread _thread;
    private int _state;
    private int _nextAt;
    private volatile bool _closing;

    public Checkpointer(SqliteConnectionHandle connection, int pages)
    {
        _connection = connection;
        _pages = _nextAt = pages;
        _thread = new Thread(Run) { IsBackground = true, Name = "event log checkpoints" };
        _thread.Start();
    }

    /// <summary>Called by the writer between two transactions.</summary>
    public void AfterCommit(BatchWriter writer)
    {
        if (Volatile.Read(ref _state) == Copied)
        {
            writer.FinishCheckpoint();

            // Not begun anew: a reader was in the way, and the next chance comes as many pages later.
            _nextAt = writer.PagesSinceRestart + _pages;
            Volatile.Write(ref _state, Idle);
        }
        else if (writer.PagesSinceRestart >= _nextAt && Volatile.Read(ref _state) == Idle)
        {
            Volatile.Write(ref _state, Copying);
            _wake.Release();
        }
        else if (writer.PagesSinceRestart >= _pages * 8)
        {
            // The other thread does not get to it: better one slow commit than a write-ahead log that fills the disk.
            writer.FinishCheckpoint();
        }
    }

    public void Dispose()
    {
        _closing = true;
        _wake.Release();
        _thread.Join();
        _wake.Dispose();
        _connection.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _wake.Wait();
            if (_closing) return;
            try
            {
                _connection.CheckpointPassively();
            }
            catch (EventLogException)
            {
                // Nothing is lost: what is not copied stays in the write-ahead log, and the writer's own attempt reports.
            }

            Volatile.Write(ref _state, Copied);
        }
    }
}
