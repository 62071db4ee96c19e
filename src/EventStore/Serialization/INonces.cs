using System.Security.Cryptography;

namespace Cqrs.EventStore.Serialization;

/// <summary>Where nonces come from. Random in life; tests that compare bytes bring their own.</summary>
public interface INonces
{
    /// <summary>12 bytes that no value under the same key has had.</summary>
    void Fill(Span<byte> nonce);
}

/// <summary>
/// 96 random bits for each value. One user's key seals some dozens of values: far from the 2^32 at which random nonces
/// become a risk (NIST SP 800-38D, 8.3).
/// </summary>
public sealed class RandomNonces : INonces
{
    public static readonly RandomNonces Shared = new();

    // Drawn many at a time: each draw enters the system's generator, and costs as much as sealing a short text.
    private const int Drawn = 1_020;

    [ThreadStatic]
    private static byte[]? _drawn;

    [ThreadStatic]
    private static int _left;

    public void Fill(Span<byte> nonce)
    {
        var drawn = _drawn ??= new byte[Drawn];
        if (_left < nonce.Length)
        {
            RandomNumberGenerator.Fill(drawn);
            _left = Drawn;
        }

        drawn.AsSpan(_left - nonce.Length, nonce.Length).CopyTo(nonce);
        _left -= nonce.Length;
    }
}
