using Cqrs.Domain.Decisions;

namespace Cqrs.Commands.Execution;

/// <summary>What a handler answers: a value, or why there is none.</summary>
public readonly struct Answer<T>
    where T : class
{
    private Answer(T? value, Refusal? refusal) => (Value, Refusal) = (value, refusal);

    /// <summary>Null exactly when there is a <see cref="Refusal"/>.</summary>
    public T? Value { get; }

    public Refusal? Refusal { get; }

    public static implicit operator Answer<T>(T value) => new(value, refusal: null);

    public static implicit operator Answer<T>(Refusal refusal) => new(value: null, refusal);
}
