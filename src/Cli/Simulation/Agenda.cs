namespace Cqrs.Cli.Simulation;

/// <summary>What is going to happen, in order; and the clock of the history, which stands at what happens now.</summary>
internal sealed class Agenda(DateTimeOffset begin) : TimeProvider
{
    private static readonly TimeSpan Morning = TimeSpan.FromHours(7);

    private readonly PriorityQueue<Func<Task>, (DateTimeOffset At, long Number)> _plans = new();
    private long _planned;

    public DateTimeOffset Now { get; private set; } = begin;

    public override DateTimeOffset GetUtcNow() => Now;

    /// <summary>Plans something; what is planned for the same moment happens in the order in which it was planned.</summary>
    public void In(TimeSpan wait, Func<Task> happens) => At(Now + wait, happens);

    /// <summary>Plans something that people do while they are awake.</summary>
    public void ByDayIn(TimeSpan wait, Func<Task> happens)
    {
        var at = Now + wait;
        At(at.TimeOfDay < Morning && at.Minute % 10 != 0 ? at + Morning : at, happens);
    }

    public void At(DateTimeOffset at, Func<Task> happens)
    {
        // Events keep milliseconds; a command must not know a finer time than those who replay it.
        at = DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
        _plans.Enqueue(happens, (at < Now ? Now : at, _planned++));
    }

    /// <summary>What happens next; the clock moves there.</summary>
    /// <returns>Null when nothing happens before the end.</returns>
    public Func<Task>? Next(DateTimeOffset end)
    {
        if (!_plans.TryPeek(out _, out var next) || next.At >= end) return null;
        Now = next.At;
        return _plans.Dequeue();
    }
}
