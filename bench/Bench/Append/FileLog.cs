using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Cqrs.Bench.Append;

/// <summary>
/// The floor for many writers: the least that a durable log can do. A plain file, one thread that writes what has
/// queued up and flushes it, and callers who wait for that. No index, no versions, nothing can be found in it.
/// </summary>
internal sealed class FileLog : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly Thread _thread;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _gate = new();
    private readonly bool _gathers;
    private List<(byte[] Record, TaskCompletionSource Done)> _arriving = [];
    private List<(byte[] Record, TaskCompletionSource Done)> _batch = [];
    private byte[] _buffer = new byte[1 << 20];
    private long _length;
    private volatile bool _closing;

    /// <param name="gathers">
    /// Whether those just answered get a moment to come again before the next flush, as the log itself does. Without it
    /// the first of them has a flush of his own: simpler, and slower.
    /// </param>
    public FileLog(string path, bool gathers)
    {
        _gathers = gathers;
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    public Task AppendAsync(byte[] record)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _arriving.Add((record, done));
            if (_arriving.Count == 1) _wake.Release();
        }

        return done.Task;
    }

    public void Dispose()
    {
        _closing = true;
        _wake.Release();
        _thread.Join();
        _wake.Dispose();
        _file.Dispose();
    }

    private void Run()
    {
        var expected = 0;
        while (true)
        {
            _wake.Wait();
            if (_closing) return;
            if (_gathers) Gather(expected);
            lock (_gate) (_batch, _arriving) = (_arriving, _batch);
            var size = 0;
            foreach (var (record, _) in _batch)
            {
                if (size + record.Length > _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
                record.CopyTo(_buffer.AsSpan(size));
                size += record.Length;
            }

            RandomAccess.Write(_file, _buffer.AsSpan(0, size), _length);
            Disk.Flush(_file);
            _length += size;
            lock (_gate) expected = _batch.Count + _arriving.Count;
            foreach (var (_, done) in _batch) done.SetResult();
            _batch.Clear();
        }
    }

    private void Gather(int expected)
    {
        var until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 10_000);
        var spin = new SpinWait();
        while (Stopwatch.GetTimestamp() < until)
        {
            lock (_gate)
                if (_arriving.Count >= expected) return;
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
