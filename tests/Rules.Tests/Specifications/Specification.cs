using Cqrs.Domain.Decisions;

namespace Cqrs.Rules.Tests.Specifications;

/// <summary>These events have happened; the state is folded from them.</summary>
public sealed class Specification<TState>(TState initial, Func<TState, IDomainEvent, TState> evolve, IReadOnlyList<IDomainEvent> history)
{
    public TState State => history.Aggregate(initial, evolve);

    public Commanded<TState> When(Func<TState, Decision> decide) => new(State, evolve, decide);
}

/// <summary>
/// A command was decided. Each expectation is exact, in order and count, and decides a second time on the state that
/// the first left: a command that took effect must then append nothing, unless the test says otherwise.
/// </summary>
public sealed class Commanded<TState>(TState state, Func<TState, IDomainEvent, TState> evolve, Func<TState, Decision> decide)
{
    /// <summary>Accepted with exactly these events; repeated, accepted with none.</summary>
    /// <returns>The state afterwards.</returns>
    public TState Then(params IReadOnlyList<IDomainEvent> expected)
    {
        var after = Accepted(expected);
        ShouldBeNothing(decide(after), "the same command, repeated");
        return after;
    }

    /// <summary>Accepted without events: it is so already.</summary>
    public TState ThenNothing()
    {
        ShouldBeNothing(decide(state), "the command");
        return state;
    }

    /// <summary>Accepted with exactly these events, once: repeated, it is refused.</summary>
    public TState ThenOnce(string repeatedRefusedWith, params IReadOnlyList<IDomainEvent> expected)
    {
        var after = Accepted(expected);
        ShouldBeRefused(decide(after), repeatedRefusedWith);
        return after;
    }

    /// <summary>Accepted each time, with events of its own each time.</summary>
    public TState ThenEachTime(IReadOnlyList<IDomainEvent> first, IReadOnlyList<IDomainEvent> again)
    {
        var after = Accepted(first);
        ShouldBeAccepted(decide(after), again);
        return after;
    }

    /// <summary>Refused with this code, appending nothing, however often it is asked.</summary>
    public Refusal ThenRefused(string code)
    {
        ShouldBeRefused(decide(state), code);
        var refusal = ShouldBeRefused(decide(state), code);
        return refusal;
    }

    /// <summary>Refused with this code, yet counted by exactly these events.</summary>
    public (TState After, Refusal Refusal) ThenRefusedAndCounted(string code, params IReadOnlyList<IDomainEvent> counted)
    {
        var decision = decide(state);
        var refusal = decision.Refusal.ShouldNotBeNull();
        refusal.Code.ShouldBe(code);
        decision.Events.ShouldBe(counted);
        return (decision.Events.Aggregate(state, evolve), refusal);
    }

    private TState Accepted(IReadOnlyList<IDomainEvent> expected)
    {
        expected.ShouldNotBeEmpty("say ThenNothing");
        var decision = decide(state);
        ShouldBeAccepted(decision, expected);
        return decision.Events.Aggregate(state, evolve);
    }

    private static void ShouldBeAccepted(Decision decision, IReadOnlyList<IDomainEvent> expected)
    {
        decision.Refusal.ShouldBeNull();
        decision.Events.ShouldBe(expected);
    }

    private static void ShouldBeNothing(Decision decision, string what)
    {
        decision.Refusal.ShouldBeNull(what);
        decision.Events.ShouldBeEmpty(what);
    }

    private static Refusal ShouldBeRefused(Decision decision, string code)
    {
        decision.Events.ShouldBeEmpty();
        var refusal = decision.Refusal.ShouldNotBeNull();
        refusal.Code.ShouldBe(code);
        refusal.Message.ShouldNotBeNullOrWhiteSpace();
        return refusal;
    }
}
