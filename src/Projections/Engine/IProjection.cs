using Cqrs.Domain.Decisions;
using Cqrs.EventStore.Following;
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

    /// <summary>JSON names of the fields with personal data that it is given in clear; the others stay sealed.</summary>
    IReadOnlySet<string> Opens { get; }

    /// <summary>Everything up to here is in the read model.</summary>
    LogPosition Position { get; }

    /// <summary>Which code built the read model, and which runs here.</summary>
    ModelVersion Version { get; }

    /// <summary>Reads the checkpoint; another process may have moved it, or put a rebuilt model in this one's place.</summary>
    ValueTask<LogPosition> ReloadAsync(CancellationToken cancel);

    /// <summary>
    /// Reads the checkpoint with the anchor by which the log is recognised. <see cref="Position"/> stays as it is until
    /// <see cref="GoOnFrom"/>, since the checkpoint may not fit the log.
    /// </summary>
    ValueTask<Checkpoint> CheckpointAsync(CancellationToken cancel);

    /// <summary>
    /// Sets <see cref="Position"/>: to the checkpoint when it fits the log; to the start when it does not, so that no
    /// request takes what it waits for as applied.
    /// </summary>
    void GoOnFrom(LogPosition position);

    /// <summary>
    /// Applies the events and moves the checkpoint from where this process believes it to <paramref name="upTo"/>, in
    /// one transaction.
    /// </summary>
    /// <param name="anchor">An event at or before <paramref name="upTo"/>; null: the one that is noted stays.</param>
    /// <exception cref="CheckpointMovedException">Another process has moved the checkpoint; nothing was applied.</exception>
    ValueTask ApplyAsync(
        IReadOnlyList<ProjectedEvent> events, LogPosition upTo, CancellationToken cancel, CheckpointAnchor? anchor = null);

    /// <summary>Completes when <see cref="Position"/> has reached the position.</summary>
    /// <param name="hurries">Whether it is to be soon, for somebody waits for the one who waits.</param>
    Task WaitAsync(LogPosition position, CancellationToken cancel, bool hurries = false);

    /// <summary>Completes when somebody begins to wait in a hurry, or has begun since this was asked last.</summary>
    Task HurriedAsync();

    /// <summary>Leaves word for other processes of how the projection is, and looks whether they have put a rebuilt model in its place.</summary>
    /// <returns>The newest request to try again, by its number; 0 before the first. A rebuilt model is a request, too.</returns>
    ValueTask<long> ReportAsync(ProjectionReport report, CancellationToken cancel);
}

/// <summary>Fingerprints of the code that built a model (null: from before there were any) and of the code that runs here.</summary>
public readonly record struct ModelVersion(string? Built, string Current)
{
    /// <summary>Other code would make something else of the same events.</summary>
    public bool IsStale => Built != Current;
}

/// <summary>Somebody else projects into the same read model.</summary>
public sealed class CheckpointMovedException(string projection)
    : Exception($"The checkpoint of projection '{projection}' was moved by another process.");
