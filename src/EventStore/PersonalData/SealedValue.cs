using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Cqrs.Domain.Identity;

namespace Cqrs.EventStore.PersonalData;

/// <summary>Opening a sealed text, and the errors of it, for events and other stores alike.</summary>
internal static class SealedValue
{
    private const int OnStack = 512;

    public static Personal Open(SubjectKey key, ReadOnlySpan<byte> value, ReadOnlySpan<byte> boundTo, string place)
    {
        if (value.Length < SubjectKey.Overhead)
            throw Malformed(place);

        var length = value.Length - SubjectKey.Overhead;
        var rented = length > OnStack ? ArrayPool<byte>.Shared.Rent(length) : null;
        var clear = (rented ?? stackalloc byte[OnStack])[..length];
        try
        {
            return key.Open(value, boundTo, clear) switch
            {
                Opened.Clear => new(key.Subject, Encoding.UTF8.GetString(clear)),
                Opened.Forgotten => Personal.Erased(key.Subject),
                _ => throw Tampered(place),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public static PersonalDataException KeyMissing(UserId user) => new(
        PersonalDataException.KeyMissing,
        $"Something is sealed under a key of user {user} that is not known here and was not deleted: the keys are lost, or older than the data. Restore {SqliteKeys.FileName}.");

    public static PersonalDataException Malformed(string place) => new(
        PersonalDataException.Malformed, $"The sealed value of {place} is not written as one.");

    private static PersonalDataException Tampered(string place) => new(
        PersonalDataException.Tampered, $"The sealed value of {place} was changed, or was sealed for another place.");
}
