using System.Security.Cryptography;
using System.Text;
using Cqrs.Domain.Identity;

namespace Cqrs.EventStore.PersonalData;

/// <summary>
/// Keys at rest: AES-256-GCM under a master key, <c>nonce (12) || ciphertext (32) || tag (16)</c>, bound to whose key it is,
/// so that no row can be passed off as another.
/// </summary>
internal static class KeyWrap
{
    public const int WrappedSize = SubjectKey.Size + SubjectKey.Overhead;

    public static byte[] BoundToUser(UserId user)
    {
        var bound = new byte[36];
        "cqrs/subject-key/v1\0"u8.CopyTo(bound);
        user.Value.TryWriteBytes(bound.AsSpan(20), bigEndian: true, out _);
        return bound;
    }

    public static byte[] BoundToName(string name) => Encoding.UTF8.GetBytes($"cqrs/system-key/v1\0{name}");

    public static byte[] Wrap(MasterKey master, ReadOnlySpan<byte> boundTo, ReadOnlySpan<byte> key)
    {
        var wrapped = new byte[WrappedSize];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, SubjectKey.NonceSize));
        using var cipher = new AesGcm(master.Bytes, SubjectKey.TagSize);
        cipher.Encrypt(
            wrapped.AsSpan(0, SubjectKey.NonceSize), key, wrapped.AsSpan(SubjectKey.NonceSize, SubjectKey.Size),
            wrapped.AsSpan(^SubjectKey.TagSize..), boundTo);
        return wrapped;
    }

    /// <summary>A new random key, already wrapped.</summary>
    public static byte[] WrapNew(MasterKey master, ReadOnlySpan<byte> boundTo)
    {
        Span<byte> key = stackalloc byte[SubjectKey.Size];
        RandomNumberGenerator.Fill(key);
        var wrapped = Wrap(master, boundTo, key);
        CryptographicOperations.ZeroMemory(key);
        return wrapped;
    }

    /// <exception cref="PersonalDataException">The master key is not there, or this is not what it wrapped.</exception>
    public static void Unwrap(MasterKeys masters, string masterId, ReadOnlySpan<byte> boundTo, ReadOnlySpan<byte> wrapped, Span<byte> key)
    {
        if (!masters.TryFind(masterId, out var master))
            throw Missing(masterId);

        try
        {
            using var cipher = new AesGcm(master.Bytes, SubjectKey.TagSize);
            cipher.Decrypt(
                wrapped[..SubjectKey.NonceSize], wrapped[SubjectKey.NonceSize..^SubjectKey.TagSize],
                wrapped[^SubjectKey.TagSize..], key, boundTo);
        }
        catch (Exception failed) when (failed is CryptographicException or ArgumentException)
        {
            throw new PersonalDataException(
                PersonalDataException.KeyDamaged,
                $"A key in {SqliteKeys.FileName} is damaged, or was moved to another row: restore {SqliteKeys.FileName}.");
        }
    }

    public static PersonalDataException Retired(string masterId) => new(
        PersonalDataException.MasterKeyRetired,
        $"The master key '{masterId}' has been replaced: give this process the new one, and start it again.");

    public static PersonalDataException Missing(string masterId) => new(
        PersonalDataException.MasterKeyMissing,
        $"The master key '{masterId}' that wrapped keys in {SqliteKeys.FileName} is missing: restore {MasterKeyFile.FileName}, or give it by configuration.");
}
