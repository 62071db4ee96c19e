using Cqrs.Domain.Identity;

namespace Cqrs.Projections.Engine;

/// <summary>Ids as they stand in the tables: 16 bytes in RFC 4122 order.</summary>
internal static class Blobs
{
    public static byte[] Blob(this UserId id) => id.Value.ToByteArray(bigEndian: true);

    public static byte[] Blob(this ConnectionId id) => id.Value.ToByteArray(bigEndian: true);
}
