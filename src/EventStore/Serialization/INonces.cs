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

    public void Fill(Span<byte> nonce) => RandomNumberGenerator.Fill(nonce);
}
