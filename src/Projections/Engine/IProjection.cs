using Cqrs.Domain.Decisions;
using Cqrs.EventStore.Log;

namespace Cqrs.Projections.Engine;

/// <summary>An event on its way into a read model.</summary>
public readonly record struct ProjectedEvent(LogPosition Position, string Stream, IDomainEvent Event);

/// <summary>A read model and how far it has come. Both change together or not at all.</summary>
public interface IProjection
{
    string Name { get; }

    /// <summary>The only events that it asks for.</summary>
    LogFilter Filter { get; }

    /// <summary>Everything up to here is in the read model.</summary>
    LogPosition Position { get; }

    /// <summary>Reads the checkpoint; another process may have moved it.</summary>
    ValueTask<LogPosition> ReloadAsync(CancellationToken cancel);

    /// <summary>
    /// Applies the events and moves the checkpoint from where this process believes it to <paramref name="upTo"/>, in
    /// one transaction.
    /// </summary>
    /// <exception cref="CheckpointMovedException">Another process has moved the checkpoint; nothing was applied.</exception>
    ValueTask ApplyAsync(IReadOnlyList<ProjectedEvent> events, LogPosition upTo, CancellationToken cancel);

    /// <summary>Completes when <see cref="Position"/> has reached the position.</summary>
    Task WaitAsync(LogPosition position, CancellationToken cancel);
}

/// <summary>Somebody else projects into the same read model.</summary>
public sealed class CheckpointMovedException(string projection)
    : Exception($"The checkpoint of projection '{projection}' was moved by another process.");
