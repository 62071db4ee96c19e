namespace Cqrs.Api.Composition.Outages;

/// <summary>Distinguishes a component's changes between working and failing from repetitions of the same failure.</summary>
internal sealed class StateChanges
{
    private string? _failure;

    /// <summary>True when the component did not fail in the same way before.</summary>
    public bool Fails(string failure) => Interlocked.Exchange(ref _failure, failure) != failure;

    /// <summary>True when the component failed before.</summary>
    public bool Works() => Interlocked.Exchange(ref _failure, null) is not null;
}
