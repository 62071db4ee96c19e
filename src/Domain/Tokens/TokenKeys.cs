using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cqrs.Domain.Tokens;

/// <summary>
/// The keys that tokens are signed with. Several verify, one signs; a key is retired by first letting another sign,
/// and then, when the last token under it has run out, by leaving it away.
/// </summary>
public sealed class TokenKeys
{
    /// <summary>Length of a key, bytes.</summary>
    public const int KeySize = 32;

    private readonly byte[]?[] _keys = new byte[]?[256];

    /// <param name="signingKeyId">Which of the keys signs.</param>
    /// <param name="keys">Keys of exactly 32 bytes by their ids.</param>
    /// <exception cref="ArgumentException">The signing key is not among the keys, or a key has another length.</exception>
    public TokenKeys(byte signingKeyId, IEnumerable<KeyValuePair<byte, byte[]>> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var (id, key) in keys)
        {
            if (key is not { Length: KeySize })
                throw new ArgumentException($"Token key {id} must have exactly {KeySize} bytes.", nameof(keys));

            _keys[id] = [.. key];
        }

        SigningKeyId = signingKeyId;
        SigningKey = _keys[signingKeyId]
            ?? throw new ArgumentException($"Token key {signingKeyId} is to sign but is not among the keys.", nameof(signingKeyId));
    }

    public byte SigningKeyId { get; }

    internal byte[] SigningKey { get; }

    /// <summary>
    /// Reads keys from configuration: <c>id:key</c>, several separated by commas; the first signs. An id is a number
    /// from 0 to 255, a key 43 characters of base64url. <paramref name="error"/> never repeats what was given.
    /// </summary>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out TokenKeys? keys, [NotNullWhen(false)] out string? error)
    {
        keys = null;
        var found = new Dictionary<byte, byte[]>();
        byte? first = null;
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            var key = new byte[KeySize];
            var colon = part.IndexOf(':');
            if (colon < 0 || !byte.TryParse(part.AsSpan(0, colon), NumberStyles.None, provider: null, out var id))
            {
                error = "Each token key is written id:key, with an id from 0 to 255.";
                return false;
            }

            if (!StrictBase64Url.TryReadExactly(part.AsSpan(colon + 1), key))
            {
                error = $"Token key {id} must be {KeySize} bytes in base64url without padding (43 characters).";
                return false;
            }

            if (!found.TryAdd(id, key))
            {
                error = $"Token key {id} is given twice.";
                return false;
            }

            first ??= id;
        }

        keys = new(first!.Value, found);
        error = null;
        return true;
    }

    internal bool TryFind(byte id, [NotNullWhen(true)] out byte[]? key)
    {
        key = _keys[id];
        return key is not null;
    }
}
