using Cqrs.Domain.Mailboxes;

namespace Cqrs.Messaging.Mailboxes;

/// <summary>
/// The connections-changed bits, where phones poll them: one item for each user, named by a scramble of his mailbox
/// key. A bit knows no user and no connection.
/// </summary>
public interface IChangedBits
{
    /// <summary>How far the lists' changes have been told; 0 before the first.</summary>
    ValueTask<long> LoadMarkAsync(CancellationToken cancel = default);

    /// <summary>
    /// Sets each bit that has not been seen at its version or a later one, and moves the mark. Repeating it changes
    /// nothing.
    /// </summary>
    ValueTask SetAsync(IReadOnlyList<ChangedBit> bits, long mark, CancellationToken cancel = default);

    /// <summary>
    /// Sets every bit and forgets its version and the mark, for a log that was put back: versions of the log that was
    /// followed before say nothing of the new one, and a bit with such a version would not be set again.
    /// </summary>
    /// <returns>How many bits there are.</returns>
    ValueTask<int> StartAgainAsync(CancellationToken cancel = default);

    /// <summary>The phone has the list as of <paramref name="version"/>: a change after it keeps the bit set.</summary>
    ValueTask ClearAsync(BitName bit, long version, CancellationToken cancel = default);

    /// <returns>Whether it is set, and the version; null for a bit that was never set.</returns>
    ValueTask<(bool Changed, long Version)?> ReadAsync(BitName bit, CancellationToken cancel = default);
}

/// <param name="Version">What the list's version was when it changed; grows with each change.</param>
public readonly record struct ChangedBit(BitName Name, long Version);
