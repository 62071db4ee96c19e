using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Log;

namespace Cqrs.Projections.ChangedBits;

/// <summary>
/// The connections-changed bits, where phones poll them: one item for each user, named by a scramble of his mailbox
/// key. A bit knows no user and no connection.
/// </summary>
public interface IChangedBits
{
    /// <summary>How far the lists' changes have been told.</summary>
    ValueTask<LogPosition> LoadMarkAsync(CancellationToken cancel = default);

    /// <summary>
    /// Sets each bit that has not been seen at its version or a later one, and moves the mark. Repeating it changes
    /// nothing.
    /// </summary>
    ValueTask SetAsync(IReadOnlyList<ChangedBit> bits, LogPosition mark, CancellationToken cancel = default);

    /// <summary>The phone has the list as of <paramref name="version"/>: a change after it keeps the bit set.</summary>
    ValueTask ClearAsync(BitName bit, long version, CancellationToken cancel = default);

    /// <returns>Whether it is set, and the version; null for a bit that was never set.</returns>
    ValueTask<(bool Changed, long Version)?> ReadAsync(BitName bit, CancellationToken cancel = default);
}

/// <param name="Version">Position of the newest event that changed the list.</param>
public readonly record struct ChangedBit(BitName Name, long Version);
