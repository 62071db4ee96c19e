namespace Cqrs.Contracts.Tests;

/// <summary>The real clock, set forward at will.</summary>
internal sealed class SetForward : TimeProvider
{
    private long _ahead;

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _ahead));
}
