namespace Cqrs.Gateway.Appending;

/// <summary>An append of a batch call that is not complete yet or not answered yet.</summary>
/// <param name="deadline">Cancelled when the append's deadline passes or the call ends.</param>
internal sealed class Begun(Proposals proposals, CancellationTokenSource deadline) : IDisposable
{
    public Proposals Proposals => proposals;

    public CancellationToken Cancelled { get; } = deadline.Token;

    /// <summary>Starts the deadline.</summary>
    /// <param name="over">Called when it has passed, or when the call ends.</param>
    public void Run(TimeSpan time, Action over)
    {
        Cancelled.UnsafeRegister(static over => ((Action)over!)(), over);
        deadline.CancelAfter(time);
    }

    public void Dispose() => deadline.Dispose();
}
