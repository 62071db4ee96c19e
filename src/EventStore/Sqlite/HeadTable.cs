using System.Numerics;
using System.Security.Cryptography;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Heads of streams by their names. One thread at a time adds; any may look meanwhile, without locks, and may then miss
/// one, which it asks the log for.
/// </summary>
/// <remarks>
/// The heads themselves are the links of the chains: most live for a moment only, and each object less is one that
/// the collector of garbage need not carry along.
/// </remarks>
/// <param name="size">Heads to have room for at first; a power of two.</param>
internal sealed class HeadTable(int size = 256)
{
    // Names can be made so that their hashes begin or end alike; not without knowing this.
    private static readonly ulong Odd = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    private StreamHead?[] _chains = new StreamHead?[size];

    public int Count { get; private set; }

    /// <summary>Heads that there is room for.</summary>
    public int Size => _chains.Length;

    public StreamHead? Find(string name, long hash)
    {
        var chains = Volatile.Read(ref _chains);
        for (var head = Volatile.Read(ref ChainOf(chains, hash)); head is not null; head = head.Next)
            if (head.NameHash == hash && head.Name == name) return head;
        return null;
    }

    /// <summary>Adds one that is in no table, of a name that is not in this one.</summary>
    public void Add(StreamHead head)
    {
        if (Count == _chains.Length) Grow();
        Link(_chains, head);
        Count++;
    }

    // Whoever is in a chain meanwhile goes on in a new one, which ends, too.
    private void Grow()
    {
        var larger = new StreamHead?[_chains.Length * 4];
        foreach (var chain in _chains)
        {
            for (var head = chain; head is not null;)
            {
                var next = head.Next;
                Link(larger, head);
                head = next;
            }
        }

        Volatile.Write(ref _chains, larger);
    }

    private static void Link(StreamHead?[] chains, StreamHead head)
    {
        ref var chain = ref ChainOf(chains, head.NameHash);
        head.Next = chain;
        Volatile.Write(ref chain, head);
    }

    private static ref StreamHead? ChainOf(StreamHead?[] chains, long hash) =>
        ref chains[((ulong)hash * Odd) >> (64 - BitOperations.Log2((uint)chains.Length))];
}
