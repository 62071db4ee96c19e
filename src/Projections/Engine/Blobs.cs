using Cqrs.Domain.Identity;
using Microsoft.Data.Sqlite;

namespace Cqrs.Projections.Engine;

/// <summary>Ids as they stand in the tables: 16 bytes in RFC 4122 order.</summary>
internal static class Blobs
{
    public static byte[] Blob(this UserId id) => id.Value.ToByteArray(bigEndian: true);

    public static byte[] Blob(this ConnectionId id) => id.Value.ToByteArray(bigEndian: true);

    public static Guid Id(this SqliteDataReader row, int column)
    {
        Span<byte> bytes = stackalloc byte[16];
        SQLitePCL.raw.sqlite3_column_blob(row.Handle!, column).CopyTo(bytes);
        return new(bytes, bigEndian: true);
    }

    public static string? Text(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
