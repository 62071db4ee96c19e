using System.Security.Cryptography;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Tokens;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Commands.Registration;

/// <summary>
/// The id of a registration, as the phone gets it: user and attempt, sealed with AES-256-GCM under a key of the server.
/// It says nothing to whoever holds it, not even whether the number was known, and finds its stream without an index.
/// 60 bytes (nonce 12, user 16, attempt 16, tag 16), 80 characters in base64url. The nonce derives from the attempt, so the same
/// attempt has the same id.
/// </summary>
public sealed class RegistrationIds(ISystemKeys keys)
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int ContentSize = 32;
    private const int Size = NonceSize + ContentSize + TagSize;

    // A reference: whoever reads while another one sets it must not see half of it.
    private byte[]? _key;

    public async ValueTask<string> SealAsync(UserId user, Guid attempt, CancellationToken cancel = default) =>
        Seal(await KeyAsync(cancel), user, attempt);

    /// <returns>Null for anything that this server did not make.</returns>
    public async ValueTask<(UserId User, Guid Attempt)?> OpenAsync(string id, CancellationToken cancel = default) =>
        Open(await KeyAsync(cancel), id);

    private static string Seal(ReadOnlySpan<byte> key, UserId user, Guid attempt)
    {
        Span<byte> content = stackalloc byte[ContentSize];
        user.Value.TryWriteBytes(content, bigEndian: true, out _);
        attempt.TryWriteBytes(content[16..], bigEndian: true, out _);

        Span<byte> nonce = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, content, nonce);

        Span<byte> id = stackalloc byte[Size];
        nonce[..NonceSize].CopyTo(id);
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(id[..NonceSize], content, id.Slice(NonceSize, ContentSize), id[(NonceSize + ContentSize)..], "cqrs/registration/v1\0"u8);
        return StrictBase64Url.Write(id);
    }

    private static (UserId User, Guid Attempt)? Open(ReadOnlySpan<byte> key, string text)
    {
        Span<byte> id = stackalloc byte[Size];
        if (!StrictBase64Url.TryReadExactly(text, id)) return null;

        Span<byte> content = stackalloc byte[ContentSize];
        using var aes = new AesGcm(key, TagSize);
        try
        {
            aes.Decrypt(id[..NonceSize], id.Slice(NonceSize, ContentSize), id[(NonceSize + ContentSize)..], content, "cqrs/registration/v1\0"u8);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return (new(new(content[..16], bigEndian: true)), new(content[16..], bigEndian: true));
    }

    private async ValueTask<byte[]> KeyAsync(CancellationToken cancel) =>
        _key ??= (await keys.GetOrCreateSystemKeyAsync("registration-ids", cancel)).ToArray();
}
