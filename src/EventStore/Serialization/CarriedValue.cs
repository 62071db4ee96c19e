using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.EventStore.Serialization;

/// <summary>How events are decoded for those who keep personal data sealed as the log does.</summary>
/// <param name="Opened">JSON names of the fields that are opened all the same.</param>
/// <param name="Checks">Whether the others are opened, too, to see that nobody has changed or moved them; else no key is asked for.</param>
public sealed record Carrying(IReadOnlySet<string> Opened, bool Checks);

/// <summary>
/// A sealed value on its way out of the log: <c>{event type} {field} {sealed}</c>, as much as it takes, with the name of
/// its stream, to open it. The same for the same event, whoever carries it.
/// </summary>
internal static class CarriedValue
{
    public static string Of(string type, ReadOnlySpan<byte> field, ReadOnlySpan<byte> value)
    {
        Span<char> names = stackalloc char[field.Length + 2];
        names[0] = names[^1] = ' ';
        Encoding.UTF8.GetChars(field, names[1..]);
        return string.Concat(type, names, Encoding.ASCII.GetString(value));
    }

    /// <exception cref="PersonalDataException">It was changed, or belongs to another stream or subject.</exception>
    public static Personal Open(SubjectKeyLookup found, string stream, UserId subject, string carried)
    {
        if (found.State == SubjectKeyState.Forgotten)
            return Personal.Erased(subject);

        if (found.Key is not { } key)
            throw SealedValue.KeyMissing(subject);

        var text = carried.AsSpan();
        var (afterType, afterField) = (text.IndexOf(' '), text.LastIndexOf(' '));
        if (afterType < 0 || afterField == afterType)
            throw SealedValue.Malformed("a carried value");

        var value = text[(afterField + 1)..];
        var bytes = new byte[Base64Url.GetMaxDecodedLength(value.Length)];
        return Base64Url.DecodeFromChars(value, bytes, out _, out var length) == OperationStatus.Done
            ? SealedValue.Open(key, bytes.AsSpan(0, length), Place(stream, text[..afterType], text[(afterType + 1)..afterField]), "a carried value")
            : throw SealedValue.Malformed("a carried value");
    }

    private static byte[] Place(string stream, ReadOnlySpan<char> type, ReadOnlySpan<char> field) =>
        Encoding.UTF8.GetBytes($"cqrs/personal/v1\0{stream}\0{type}\0{field}");
}
