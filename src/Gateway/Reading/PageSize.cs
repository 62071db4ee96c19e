using Cqrs.EventStore.Log;

namespace Cqrs.Gateway.Reading;

/// <summary>
/// Chooses how many events to read from the log at a time: about a megabyte, whatever their size. This bounds the memory
/// of a call.
/// </summary>
internal sealed class PageSize
{
    /// <summary>Events of the first page, and of a page of a subscription that has caught up.</summary>
    public const int First = 32;

    private const int Most = 512;
    private const int Bytes = 1_024 * 1_024;

    private int _next = First;

    /// <param name="wanted">The number of events that the caller still wants.</param>
    public int Next(ulong wanted = ulong.MaxValue) => (int)Math.Clamp(wanted, 1, (ulong)_next);

    public void Saw(IReadOnlyList<RecordedEvent> events)
    {
        if (events.Count == 0) return;
        var bytes = events.Sum(e => (long)e.Data.Length + e.Metadata.Length) + 1;

        // Grows by a factor of two at most: the events after a page of small events may be large.
        _next = (int)Math.Clamp(Bytes * events.Count / bytes, 1, Math.Min(Most, _next * 2));
    }
}
