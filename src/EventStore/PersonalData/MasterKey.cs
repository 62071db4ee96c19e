using System.Security.Cryptography;

namespace Cqrs.EventStore.PersonalData;

/// <summary>
/// A key that wraps keys. Written <c>id:base64</c>: an id of letters, digits, hyphens and dots, and 32 bytes.
/// Prints as its id only.
/// </summary>
public sealed class MasterKey
{
    /// <summary>Length, bytes.</summary>
    public const int Size = 32;

    private const int LongestId = 64;

    private readonly byte[] _bytes;

    private MasterKey(string id, byte[] bytes)
    {
        Id = id;
        _bytes = bytes;
    }

    public string Id { get; }

    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>
    /// What the store of the keys remembers of this key, to recognise it without knowing it:
    /// HMAC-SHA256(key, "cqrs/master-proof/v1\0").
    /// </summary>
    internal byte[] Proof => HMACSHA256.HashData(_bytes, "cqrs/master-proof/v1\0"u8);

    /// <summary>A new random key with a random id.</summary>
    public static MasterKey Create() =>
        new($"m-{RandomNumberGenerator.GetHexString(12, lowercase: true)}", RandomNumberGenerator.GetBytes(Size));

    /// <summary>Reads <c>id:base64</c>.</summary>
    /// <exception cref="PersonalDataException">The text is no master key; the message says why and never repeats it.</exception>
    public static MasterKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':');
        var id = colon < 0 ? "" : text[..colon].Trim();
        if (id.Length is 0 or > LongestId || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.'))
        {
            throw new PersonalDataException(
                PersonalDataException.MasterKeyMalformed,
                "A master key is written id:base64, the id being letters, digits, hyphens and dots.");
        }

        // Room for more than a key, so that one of the wrong length is told from one that is not base64.
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text[(colon + 1)..].Trim(), bytes, out var length))
        {
            throw new PersonalDataException(
                PersonalDataException.MasterKeyNotBase64, $"Master key '{id}' is not base64.");
        }

        if (length != Size)
        {
            throw new PersonalDataException(
                PersonalDataException.MasterKeyLength, $"Master key '{id}' has {length} bytes, it must have {Size}.");
        }

        return new(id, bytes[..Size]);
    }

    /// <summary><c>id:base64</c>: the secret itself.</summary>
    public string Reveal() => $"{Id}:{Convert.ToBase64String(_bytes)}";

    public override string ToString() => $"master key {Id}";
}
