using Cqrs.Projections.Engine;

namespace Cqrs.Projections.Rebuilding;

/// <summary>An event cannot be read or applied by this code; the live model is as it was.</summary>
public sealed class RebuildStoppedException(ProjectionFailure failure, Exception inner)
    : Exception($"The event at position {failure.Position} cannot be applied.", inner)
{
    public ProjectionFailure Failure { get; } = failure;
}

/// <summary>Somebody else does the same with this projection; nothing was changed.</summary>
public sealed class LeaseHeldException(string projection)
    : Exception($"Somebody else is doing the same with projection '{projection}'.");
