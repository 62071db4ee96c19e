using Cqrs.EventStore.Log;

namespace Cqrs.Projections.Engine;

/// <summary>A position that grows, those who wait for it, and whether any of them is in a hurry.</summary>
internal sealed class PositionSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _moved;
    private TaskCompletionSource? _hurry;
    private bool _isHurried;
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

    /// <summary>Completes when somebody is in a hurry, or has been since this was asked last.</summary>
    public Task HurriedAsync()
    {
        lock (_lock)
        {
            if (!_isHurried) return (_hurry ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            _isHurried = false;
            return Task.CompletedTask;
        }
    }

    /// <param name="hurries">Asks for the next round at once, and again after each that did not reach the position.</param>
    public async Task WaitAsync(LogPosition position, bool hurries, CancellationToken cancel)
    {
        while (true)
        {
            Task moved;
            lock (_lock)
            {
                if (Position >= position) return;
                moved = (_moved ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            if (hurries) Hurry();
            await moved.WaitAsync(cancel);
        }
    }

    private void Hurry()
    {
        TaskCompletionSource? hurry;
        lock (_lock)
        {
            (hurry, _hurry) = (_hurry, null);
            _isHurried = hurry is null;
        }

        hurry?.SetResult();
    }
}
