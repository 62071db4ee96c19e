using Cqrs.EventStore.Log;

namespace Cqrs.Projections.Engine;

/// <summary>A position that grows, and those who wait for it.</summary>
internal sealed class PositionSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _moved;
    private TaskCompletionSource? _hurry;
    private long _position;
    private long _wanted;

    public LogPosition Position => new(Volatile.Read(ref _position));

    public void Set(LogPosition position)
    {
        TaskCompletionSource? moved;
        lock (_lock)
        {
            Volatile.Write(ref _position, position.Value);
            (moved, _moved) = (_moved, null);
        }

        moved?.SetResult();
    }

    /// <summary>Completes when somebody waits for a position beyond this one, and says so.</summary>
    public Task HurriedAsync()
    {
        lock (_lock)
        {
            if (_wanted > _position) return Task.CompletedTask;
            return (_hurry ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Waits, and says so to whoever moves the position.</summary>
    public Task ReachAsync(LogPosition position, CancellationToken cancel)
    {
        TaskCompletionSource? hurry = null;
        lock (_lock)
        {
            _wanted = Math.Max(_wanted, position.Value);
            if (_wanted > _position) (hurry, _hurry) = (_hurry, null);
        }

        hurry?.SetResult();
        return WaitAsync(position, cancel);
    }

    public async Task WaitAsync(LogPosition position, CancellationToken cancel)
    {
        while (true)
        {
            Task moved;
            lock (_lock)
            {
                if (Position >= position) return;
                moved = (_moved ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await moved.WaitAsync(cancel);
        }
    }
}
