using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.EventStore.Serialization;

/// <summary>
/// Opens the sealed values of stored events one by one, for those who read events as JSON, whatever their type. The
/// format is that of docs/decisions/personal-data.md.
/// </summary>
public sealed class SealedFields(ISubjectKeys keys)
{
    /// <param name="field">The name of the JSON field that the value stands in.</param>
    /// <param name="value">What stands under <c>sealed</c>: base64url.</param>
    /// <returns>The clear text, or erased where its subject was forgotten.</returns>
    /// <exception cref="PersonalDataException">The value was changed, or belongs elsewhere; or its key is lost.</exception>
    public async ValueTask<Personal> OpenAsync(
        string stream, string type, string field, UserId subject, string value, CancellationToken cancel = default)
    {
        var found = await keys.FindAsync(subject, cancel);
        if (found.State == SubjectKeyState.Forgotten) return Personal.Erased(subject);
        if (found.Key is not { } key) throw SealedValue.KeyMissing(subject);

        var bytes = new byte[Base64Url.GetMaxDecodedLength(value.Length)];
        return Base64Url.DecodeFromChars(value, bytes, out _, out var length) == OperationStatus.Done
            ? SealedValue.Open(key, bytes.AsSpan(0, length), Encoding.UTF8.GetBytes($"cqrs/personal/v1\0{stream}\0{type}\0{field}"), field)
            : throw SealedValue.Malformed(field);
    }
}
