namespace Cqrs.EventStore.Sqlite;

/// <summary>Data and metadata of an event in one array: half the allocations.</summary>
internal static class Payload
{
    public static (ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata) Copy(ReadOnlySpan<byte> data, ReadOnlySpan<byte> metadata)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(data.Length + metadata.Length);
        data.CopyTo(bytes);
        metadata.CopyTo(bytes.AsSpan(data.Length));
        return (bytes.AsMemory(0, data.Length), bytes.AsMemory(data.Length));
    }
}
