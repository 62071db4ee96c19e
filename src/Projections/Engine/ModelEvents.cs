using Cqrs.Domain.Decisions;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Projections.Engine;

/// <summary>Events as read models are given them.</summary>
internal static class ModelEvents
{
    public static async ValueTask<IReadOnlyList<ProjectedEvent>> ForModelAsync(
        this EventCodec codec, IReadOnlyList<RecordedEvent> recorded, Carrying carrying, CancellationToken cancel)
    {
        if (recorded.Count == 0) return [];
        var decoded = await codec.DecodeCarriedAsync(recorded, carrying, cancel);
        var events = new ProjectedEvent[decoded.Count];
        for (var i = 0; i < events.Length; i++) events[i] = new(recorded[i].Position, recorded[i].Stream, (IDomainEvent)decoded[i]);
        return events;
    }
}
