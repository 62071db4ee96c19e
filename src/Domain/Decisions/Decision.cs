namespace Cqrs.Domain.Decisions;

/// <summary>Something that happened, as the log keeps it. Its wire name and JSON are a storage format.</summary>
public interface IDomainEvent
{
    /// <summary>When it happened, UTC.</summary>
    DateTimeOffset At { get; }
}

/// <summary>
/// The name under which an event is stored: kebab case and a version. It outlives every renaming of the record; it is
/// never given to anything else.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EventNameAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>
/// Why a command is refused: a stable code for programs and a sentence for people. The sentence never repeats what was
/// typed.
/// </summary>
public sealed record Refusal(string Code, string Message)
{
    /// <summary>How many more tries a code has, for <c>wrong-code</c>.</summary>
    public int? AttemptsLeft { get; init; }

    /// <summary>When the same may be asked again, where waiting helps.</summary>
    public DateTimeOffset? RetryAt { get; init; }
}

/// <summary>
/// The outcome of a decider: events to append (none: it is so already) or a refusal. A refusal may carry events, too:
/// a wrong code is refused and counted.
/// </summary>
public readonly record struct Decision(IReadOnlyList<IDomainEvent> Events, Refusal? Refusal)
{
    /// <summary>It is so already; nothing to append.</summary>
    public static readonly Decision Nothing = new([], Refusal: null);

    public static Decision Of(params IReadOnlyList<IDomainEvent> events) => new(events, Refusal: null);

    public static Decision Refuse(Refusal refusal) => new([], refusal);

    public static Decision Refuse(Refusal refusal, IDomainEvent counted) => new([counted], refusal);
}
