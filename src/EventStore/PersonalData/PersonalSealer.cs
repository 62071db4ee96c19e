using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Serialization;

namespace Cqrs.EventStore.PersonalData;

/// <summary>
/// Seals personal data for stores other than the log: read models, queues, caches. The same algorithm and keys as in
/// events: base64url of <c>nonce (12) || ciphertext || tag (16)</c>, AES-256-GCM under the subject's key, bound to
/// <c>"cqrs/sealed/v1\0" || context</c>. Answers at once for a key that was used lately.
/// </summary>
public sealed class PersonalSealer(ISubjectKeys keys)
{
    /// <summary>Seals the value; null when it is erased, for there is nothing to seal.</summary>
    /// <param name="context">The place that the value is sealed for: table, row and column, say. It opens nowhere else.</param>
    /// <exception cref="SubjectForgottenException">The user has been forgotten.</exception>
    public ValueTask<string?> SealAsync(string context, Personal value, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(value);
        if (value.Text is null)
            return new((string?)null);

        var key = keys.GetOrCreateAsync(value.Subject, cancel);
        return key.IsCompletedSuccessfully
            ? new(Seal(key.Result, context, value.Text))
            : SlowAsync(key, context, value.Text);

        static async ValueTask<string?> SlowAsync(ValueTask<SubjectKey> key, string context, string text) =>
            Seal(await key, context, text);
    }

    /// <summary>Opens what <see cref="SealAsync"/> answered; erased when it is null, or the user has been forgotten.</summary>
    /// <exception cref="PersonalDataException">The value was changed, or sealed for another place or user.</exception>
    public ValueTask<Personal> OpenAsync(string context, UserId subject, string? value, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (value is null)
            return new(Personal.Erased(subject));

        var found = keys.FindAsync(subject, cancel);
        return found.IsCompletedSuccessfully
            ? new(Open(found.Result, context, subject, value))
            : SlowAsync(found, context, subject, value);

        static async ValueTask<Personal> SlowAsync(
            ValueTask<SubjectKeyLookup> found, string context, UserId subject, string value) =>
            Open(await found, context, subject, value);
    }

    /// <summary>Opens what <see cref="EventCodec.DecodeCarriedAsync"/> left sealed; erased when it is null, or the user has been forgotten.</summary>
    /// <param name="stream">The stream of the event that it comes from.</param>
    /// <exception cref="PersonalDataException">The value was changed, or comes from another stream or user.</exception>
    public ValueTask<Personal> OpenCarriedAsync(string stream, UserId subject, string? carried, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (carried is null)
            return new(Personal.Erased(subject));

        var found = keys.FindAsync(subject, cancel);
        return found.IsCompletedSuccessfully
            ? new(CarriedValue.Open(found.Result, stream, subject, carried))
            : SlowAsync(found, stream, subject, carried);

        static async ValueTask<Personal> SlowAsync(ValueTask<SubjectKeyLookup> found, string stream, UserId subject, string carried) =>
            CarriedValue.Open(await found, stream, subject, carried);
    }

    private static string Seal(SubjectKey key, string context, string text)
    {
        var place = Place(context);
        var clear = Encoding.UTF8.GetBytes(text);
        var value = key.Seal(clear, place);
        CryptographicOperations.ZeroMemory(clear);
        return value is null ? throw new SubjectForgottenException(key.Subject) : Base64Url.EncodeToString(value);
    }

    private static Personal Open(SubjectKeyLookup found, string context, UserId subject, string value)
    {
        switch (found.State)
        {
            case SubjectKeyState.Forgotten:
                return Personal.Erased(subject);
            case SubjectKeyState.NeverMade:
                throw SealedValue.KeyMissing(subject);
        }

        var bytes = new byte[Base64Url.GetMaxDecodedLength(value.Length)];
        if (Base64Url.DecodeFromChars(value, bytes, out _, out var length) != OperationStatus.Done)
            throw SealedValue.Malformed("a stored value");

        return SealedValue.Open(found.Key!, bytes.AsSpan(0, length), Place(context), context);
    }

    private static byte[] Place(string context) => [.. "cqrs/sealed/v1\0"u8, .. Encoding.UTF8.GetBytes(context)];
}
