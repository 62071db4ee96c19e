namespace Cqrs.Gateway.Appending;

/// <summary>An append of which not all has come yet, or which is under way.</summary>
/// <param name="deadline">Cancelled when its time is over or the call ends.</param>
internal sealed class Begun(Proposals proposals, CancellationTokenSource deadline) : IDisposable
{
    public Proposals Proposals => proposals;

    public CancellationToken Cancelled { get; } = deadline.Token;

    /// <summary>Has the time run.</summary>
    /// <param name="over">Told when it is over, or the call ends.</param>
    public void Run(TimeSpan time, Action over)
    {
        Cancelled.UnsafeRegister(static over => ((Action)over!)(), over);
        deadline.CancelAfter(time);
    }

    public void Dispose() => deadline.Dispose();
}
