using System.Security.Cryptography;
using Cqrs.Domain.Identity;

namespace Cqrs.EventStore.PersonalData;

/// <summary>What came of opening something sealed.</summary>
public enum Opened
{
    Clear,

    /// <summary>The key has been destroyed: its user is forgotten.</summary>
    Forgotten,

    /// <summary>Not sealed by this key for this place, or changed since.</summary>
    Tampered,
}

/// <summary>
/// The key of one user, ready for use: AES-256-GCM. What it seals is <c>nonce (12) || ciphertext || tag (16)</c>.
/// Safe for several threads.
/// </summary>
public sealed class SubjectKey
{
    /// <summary>Length of a key, bytes.</summary>
    public const int Size = 32;

    public const int NonceSize = 12;

    public const int TagSize = 16;

    /// <summary>By how many bytes a sealed value is longer than the clear one.</summary>
    public const int Overhead = NonceSize + TagSize;

    // The cipher keeps its state in native memory and is not thread-safe by itself.
    private readonly Lock _gate = new();
    private AesGcm? _cipher;

    /// <param name="key">32 bytes, which the caller should wipe: the cipher keeps its own copy, outside the managed heap.</param>
    public SubjectKey(UserId subject, ReadOnlySpan<byte> key)
    {
        if (key.Length != Size)
            throw new ArgumentException($"A key has {Size} bytes.", nameof(key));

        Subject = subject;
        _cipher = new AesGcm(key, TagSize);
    }

    public UserId Subject { get; }

    /// <summary>Fills <paramref name="destination"/>, longer by <see cref="Overhead"/>; false when the key has been destroyed.</summary>
    public bool TrySeal(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> boundTo, Span<byte> destination)
    {
        lock (_gate)
        {
            if (_cipher is null)
                return false;

            nonce.CopyTo(destination);
            _cipher.Encrypt(nonce, clear, destination[NonceSize..^TagSize], destination[^TagSize..], boundTo);
            return true;
        }
    }

    /// <summary>The whole sealed value, under a new nonce; null when the key has been destroyed.</summary>
    public byte[]? Seal(ReadOnlySpan<byte> clear, ReadOnlySpan<byte> boundTo)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        RandomNumberGenerator.Fill(nonce);
        var value = new byte[clear.Length + Overhead];
        return TrySeal(nonce, clear, boundTo, value) ? value : null;
    }

    /// <summary>What was sealed; null when the value was changed or belongs elsewhere, or the key has been destroyed.</summary>
    public byte[]? TryOpen(ReadOnlySpan<byte> value, ReadOnlySpan<byte> boundTo)
    {
        if (value.Length < Overhead) return null;
        var clear = new byte[value.Length - Overhead];
        return Open(value, boundTo, clear) is Opened.Clear ? clear : null;
    }

    /// <summary>Fills <paramref name="destination"/>, shorter by <see cref="Overhead"/>. Throws nothing.</summary>
    public Opened Open(ReadOnlySpan<byte> value, ReadOnlySpan<byte> boundTo, Span<byte> destination)
    {
        if (value.Length < Overhead)
            return Opened.Tampered;

        lock (_gate)
        {
            if (_cipher is null)
                return Opened.Forgotten;

            try
            {
                _cipher.Decrypt(value[..NonceSize], value[NonceSize..^TagSize], value[^TagSize..], destination, boundTo);
                return Opened.Clear;
            }
            catch (AuthenticationTagMismatchException)
            {
                return Opened.Tampered;
            }
        }
    }

    /// <summary>Wipes the key; whoever still holds this object finds it forgotten.</summary>
    public void Destroy()
    {
        lock (_gate)
        {
            _cipher?.Dispose();
            _cipher = null;
        }
    }

    public override string ToString() => "subject key";
}
