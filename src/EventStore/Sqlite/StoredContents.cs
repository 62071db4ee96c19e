using System.Text;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite.Integrity;

namespace Cqrs.EventStore.Sqlite;

/// <summary>The bytes of an event as they will be stored, with their hash.</summary>
/// <param name="Hash">From <see cref="EventChecksum.OfContents"/>.</param>
internal readonly record struct StoredContents(ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata, ulong Hash)
{
    /// <summary>
    /// Copies the events' bytes and hashes the copies. A caller that stops waiting may reuse its arrays while the append is
    /// still queued; hash and stored bytes must not differ then.
    /// </summary>
    public static StoredContents[] Of(string stream, IReadOnlyList<EventToAppend> events)
    {
        Span<byte> name = stackalloc byte[AppendLimits.StreamNameBytes];
        Span<byte> id = stackalloc byte[16];
        name = name[..Encoding.UTF8.GetBytes(stream, name)];
        var contents = new StoredContents[events.Count];
        for (var i = 0; i < contents.Length; i++)
        {
            var e = events[i];
            EventId.Write(e.Id, id);
            var (data, metadata) = Payload.Copy(e.Data.Span, e.Metadata.Span);
            contents[i] = new(data, metadata, EventChecksum.OfContents(name, id, e.Type, e.IsJson, data.Span, metadata.Span));
        }

        return contents;
    }
}
