using Cqrs.EventStore.Log;

namespace Cqrs.Gateway.Reading;

/// <summary>
/// How many events to take from the log at a time: about a megabyte of them, whatever their size. So a reader has that
/// much in memory, not a number of events that may be large.
/// </summary>
internal sealed class PageSize
{
    /// <summary>Events of a page of which nothing is known yet, and of one that holds what just happened.</summary>
    public const int First = 32;

    private const int Most = 512;
    private const int Bytes = 1_024 * 1_024;

    private int _next = First;

    /// <param name="wanted">No more than this is of use.</param>
    public int Next(ulong wanted = ulong.MaxValue) => (int)Math.Clamp(wanted, 1, (ulong)_next);

    public void Saw(IReadOnlyList<RecordedEvent> events)
    {
        if (events.Count == 0) return;
        var bytes = events.Sum(e => (long)e.Data.Length + e.Metadata.Length) + 1;

        // Growing by steps: a page of small events says little of those after it.
        _next = (int)Math.Clamp(Bytes * events.Count / bytes, 1, Math.Min(Most, _next * 2));
    }
}
