using Cqrs.EventStore.Log;

namespace Cqrs.Projections.Engine;

/// <summary>A position that grows, and those who wait for it.</summary>
internal sealed class PositionSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _moved;
    private long _position;

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
