using System.Globalization;
using System.Text;
using Cqrs.EventStore.Log;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>Something that runs: one try of a command, or a process manager.</summary>
internal sealed class Actor(string name, int node, int pageSize = 4)
{
    public string Name { get; } = name;

    public int Node { get; } = node;

    /// <summary>How much of the log a process manager is shown at once.</summary>
    public int PageSize { get; } = pageSize;

    public CancellationTokenSource Stop { get; } = new();

    public Task Task { get; set; } = Task.CompletedTask;
}

/// <summary>An operation that an actor waits for.</summary>
internal abstract class Operation(Actor actor, string text, bool writes)
{
    public Actor Actor { get; } = actor;

    public string Text { get; } = text;

    public bool Writes { get; } = writes;

    /// <summary>It takes effect, and the actor goes on.</summary>
    public abstract void Release(Action<string> note);

    /// <summary>The actor is told of an error; whether it took effect is not said.</summary>
    public abstract void Fail(bool applied);

    /// <summary>It takes effect, and nobody hears of it.</summary>
    public abstract void ApplyUnheard();
}

/// <summary>
/// Runs actors on one thread, one step at a time. Each stops at each of its operations until that is released; what it
/// does in between happens at once. The order of the operations is all that is left to chance, and chance is the input.
/// </summary>
internal sealed class Scheduler
{
    private readonly List<Operation> _pending = [];
    private readonly StringBuilder _trace = new();
    private Actor? _current;

    public IReadOnlyList<Operation> Pending => _pending;

    public Actor? Current => _current;

    /// <summary>What has happened, for people.</summary>
    public string Trace => _trace.ToString();

    public void ForgetTrace() => _trace.Clear();

    public void Note(string line) => _trace.Append("  ").AppendLine(line);

    /// <summary>An operation of whoever runs now; at once where nobody does.</summary>
    public Task<T> Later<T>(string text, bool writes, Func<T> run)
    {
        if (_current is null) return Task.FromResult(run());
        var operation = new Operation<T>(_current, text, writes, run);
        _pending.Add(operation);
        return operation.Task;
    }

    public Actor Begin(Actor actor, Func<Actor, Task> run)
    {
        Note($"{actor.Name} begins on node {actor.Node.ToString(CultureInfo.InvariantCulture)}");
        As(actor, () => actor.Task = run(actor));
        return actor;
    }

    public void Release(Operation operation)
    {
        _pending.Remove(operation);
        As(operation.Actor, () => operation.Release(outcome => Note($"{operation.Actor.Name}: {operation.Text}{outcome}")));
    }

    public void Fail(Operation operation, bool applied)
    {
        _pending.Remove(operation);
        Note($"{operation.Actor.Name}: {operation.Text} FAILS, {(applied ? "took effect" : "without effect")}");
        As(operation.Actor, () => operation.Fail(applied));
    }

    /// <summary>Everything of a node stops for ever; one operation may still take effect.</summary>
    public void Crash(int node, Operation? applied)
    {
        Note($"CRASH of node {node.ToString(CultureInfo.InvariantCulture)}{(applied is null ? "" : $" after: {applied.Actor.Name}: {applied.Text}")}");
        applied?.ApplyUnheard();
        _pending.RemoveAll(operation => operation.Actor.Node == node);
    }

    public void Finish(Actor actor)
    {
        while (_pending.Find(operation => operation.Actor == actor) is { } next) Release(next);
    }

    public void FinishAll()
    {
        while (_pending.Count > 0) Release(_pending[0]);
    }

    private void As(Actor actor, Action act)
    {
        var before = (_current, SynchronizationContext.Current);
        _current = actor;
        SynchronizationContext.SetSynchronizationContext(null);
        act();
        _current = before._current;
        SynchronizationContext.SetSynchronizationContext(before.Current);
    }

    private sealed class Operation<T>(Actor actor, string text, bool writes, Func<T> run) : Operation(actor, text, writes)
    {
        // Whoever waits goes on inside SetResult, on this thread.
        private readonly TaskCompletionSource<T> _done = new();

        public Task<T> Task => _done.Task;

        public override void Release(Action<string> note)
        {
            T result;
            try
            {
                result = run();
            }
            catch (WrongExpectedVersionException e)
            {
                note($": conflict, it is at {e.Actual.ToString(CultureInfo.InvariantCulture)}");
                _done.SetException(e);
                return;
            }

            note(result is Appended { AlreadyThere: true } ? ": there already" : "");
            _done.SetResult(result);
        }

        public override void Fail(bool applied)
        {
            if (applied) ApplyUnheard();
            _done.SetException(new EventLogException(EventLogErrors.Io, "The disk failed."));
        }

        public override void ApplyUnheard()
        {
            try
            {
                run();
            }
            catch (WrongExpectedVersionException)
            {
                // Without effect, then.
            }
        }
    }
}
