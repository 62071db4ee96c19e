using Cqrs.Domain.Mailboxes;
using Cqrs.Messaging.Mailboxes;

namespace Cqrs.Api.Http;

/// <summary>
/// Clears the connections-changed bit of a user whose list was read. A failure does not fail the read: the bit stays
/// set, the phone fetches the list once more, and that read clears it.
/// </summary>
public sealed partial class ChangedBitClearing(IChangedBits bits, TimeProvider clock, ILogger<ChangedBitClearing> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromHours(1);

    private long _warnedAt = long.MinValue;

    /// <summary>Clears the bit up to this version of the list, and waits for it at most 1 s. Failures are logged once an hour.</summary>
    public async ValueTask ClearAsync(BitName bit, long version, CancellationToken cancel)
    {
        try
        {
            var clearing = bits.ClearAsync(bit, version, cancel);
            if (clearing.IsCompletedSuccessfully) await clearing;
            else await clearing.AsTask().WaitAsync(Patience, clock, cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            Warn(StorageFaults.CodeOf(e) ?? e.GetType().Name);
        }
    }

    private void Warn(string error)
    {
        var (now, before) = (clock.GetUtcNow().UtcTicks, Volatile.Read(ref _warnedAt));
        if (before != long.MinValue && now - before < BetweenWarnings.Ticks) return;
        if (Interlocked.CompareExchange(ref _warnedAt, now, before) == before) NotCleared(error);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "A changed bit could not be cleared ({Error}). Reads go on, and a later read of the same list clears it. Look for a full disk or a process that holds mailboxes.db; this is logged at most once an hour.")]
    private partial void NotCleared(string error);
}
