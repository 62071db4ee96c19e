using System.Text;

namespace Cqrs.EventStore.Sqlite;

/// <summary>The number by which the index finds a stream's name. Part of the file format.</summary>
internal static class NameHash
{
    /// <summary>FNV-1a with 64 bits (draft-eastlake-fnv) of the name in UTF-8.</summary>
    public static long Of(string name)
    {
        var size = Encoding.UTF8.GetMaxByteCount(name.Length);
        Span<byte> utf8 = size <= 1_024 ? stackalloc byte[size] : new byte[size];
        var hash = 14695981039346656037UL;
        foreach (var b in utf8[..Encoding.UTF8.GetBytes(name, utf8)]) hash = (hash ^ b) * 1099511628211UL;
        return unchecked((long)hash);
    }
}
