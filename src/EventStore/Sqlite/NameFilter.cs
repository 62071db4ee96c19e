namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// A set of name hashes that answers "perhaps" for what is in it, and for some that are not: one in 250 for each time
/// that it has been full. What it does not have was never added. Takes 128 KB at first, then 1.6 to 5 bytes for each hash.
/// Not for several threads at once.
/// </summary>
/// <remarks>
/// A split block Bloom filter as in Parquet (https://parquet.apache.org/docs/file-format/bloomfilter/): a hash chooses a
/// block of 256 bits and sets one bit in each of its eight words, so that a question costs one look into memory. A full
/// filter gets another one beside it, twice as large, and each of them is asked.
/// </remarks>
internal sealed class NameFilter
{
    private const int WordsPerBlock = 8;
    private const int HashesPerBlock = 20;
    private const int LeastBlocks = 4_096;

    private static ReadOnlySpan<uint> Salts =>
        [0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU, 0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U];

    private readonly List<uint[]> _full = [];
    private uint[] _words = new uint[LeastBlocks * WordsPerBlock];
    private long _count;

    public void Add(long hash)
    {
        if (_count == (long)_words.Length / WordsPerBlock * HashesPerBlock)
        {
            // Made before the other is put aside: where there is no memory for it, nothing has changed.
            var larger = new uint[Math.Min(_words.Length * 2L, Array.MaxLength / WordsPerBlock * WordsPerBlock)];
            _full.Add(_words);
            _words = larger;
            _count = 0;
        }

        _count++;
        var mixed = Mix(hash);
        var block = BlockOf(_words, mixed);
        for (var i = 0; i < WordsPerBlock; i++) block[i] |= BitOf(mixed, i);
    }

    /// <summary>False: it was never added.</summary>
    public bool MayHave(long hash)
    {
        var mixed = Mix(hash);
        if (Has(_words, mixed)) return true;
        foreach (var words in _full)
            if (Has(words, mixed)) return true;
        return false;
    }

    private static bool Has(uint[] words, ulong mixed)
    {
        var block = BlockOf(words, mixed);
        for (var i = 0; i < WordsPerBlock; i++)
            if ((block[i] & BitOf(mixed, i)) == 0) return false;
        return true;
    }

    private static Span<uint> BlockOf(uint[] words, ulong mixed)
    {
        var block = (int)(((mixed >> 32) * (ulong)(words.Length / WordsPerBlock)) >> 32);
        return words.AsSpan(block * WordsPerBlock, WordsPerBlock);
    }

    private static uint BitOf(ulong mixed, int word) => 1U << (int)(((uint)mixed * Salts[word]) >> 27);

    // The last characters of a name reach few bits of its hash; every bit counts here. From MurmurHash3's finalizer.
    private static ulong Mix(long hash)
    {
        var mixed = (ulong)hash;
        mixed = (mixed ^ (mixed >> 33)) * 0xff51afd7ed558ccdUL;
        mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53UL;
        return mixed ^ (mixed >> 33);
    }
}
