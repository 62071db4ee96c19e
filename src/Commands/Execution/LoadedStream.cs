using Cqrs.Domain.Decisions;
using Cqrs.EventStore.Log;

namespace Cqrs.Commands.Execution;

/// <summary>A stream as it was read: the folded state and where the stream is.</summary>
/// <param name="Version">Of the newest event folded in, −1 for none.</param>
/// <param name="Position">Of the newest event folded in.</param>
public sealed record LoadedStream<TState>(string Stream, TState State, long Version, LogPosition Position)
{
    private const int Remembered = 64;

    private Guid[] _recent = [];

    public ExpectedVersion Expected => ExpectedVersion.Exactly(Version);

    /// <summary>
    /// Is an event with this id among the newest? A command asks it of its own first event: yes means that it is a
    /// retry of one that took effect and whose answer was lost.
    /// </summary>
    public bool Has(Guid eventId) => Array.IndexOf(_recent, eventId) >= 0;

    internal LoadedStream<TState> With(TState state, long version, LogPosition position, ReadOnlySpan<Guid> ids)
    {
        var kept = _recent.AsSpan();
        if (kept.Length + ids.Length > Remembered) kept = kept[Math.Min(kept.Length, kept.Length + ids.Length - Remembered)..];
        return this with { State = state, Version = version, Position = position, _recent = [.. kept, .. ids] };
    }
}

/// <summary>What became of a command.</summary>
/// <param name="State">The stream afterwards.</param>
/// <param name="Refusal">Why nothing was done, where nothing was.</param>
/// <param name="Appended">By this command, now or at an earlier try that was cut off; false where it was so already.</param>
public readonly record struct Outcome<TState>(LoadedStream<TState> State, Refusal? Refusal, bool Appended);
