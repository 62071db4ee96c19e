using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.EventStore.Serialization;

/// <summary>
/// Personal data of one field: <c>{"subject":"uuid","sealed":"base64url of nonce (12) || ciphertext || tag (16)"}</c>, or
/// <c>{"subject":"uuid","erased":true}</c>. Bound to stream, event type and field, so that no value can be moved.
/// </summary>
internal sealed class PersonalConverter(string field) : JsonConverter<Personal>
{
    private const int OnStack = 512;

    private readonly byte[] _field = Encoding.UTF8.GetBytes(field);

    public override void Write(Utf8JsonWriter writer, Personal value, JsonSerializerOptions options)
    {
        var pass = SealingPass.Current;
        writer.WriteStartObject();
        writer.WriteString("subject"u8, value.Subject.Value);
        if (value.Text is null)
            writer.WriteBoolean("erased"u8, value: true);
        else if (pass.KeyToSeal(value.Subject) is { } key)
            WriteSealed(writer, pass, key, value.Text);

        writer.WriteEndObject();
    }

    public override Personal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var pass = SealingPass.Current;
        Guid? subject = null;
        ReadOnlySpan<byte> value = default;
        var place = _field;
        var (isSealed, isErased) = (false, false);
        if (reader.TokenType != JsonTokenType.StartObject)
            throw SealedValue.Malformed(field);

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("subject"u8))
                subject = reader.Read() && reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var id) ? id : null;
            else if (reader.ValueTextEquals("sealed"u8))
                isSealed = !(value = NextText(ref reader)).IsEmpty;
            else if (reader.ValueTextEquals("erased"u8))
                isErased = reader.Read() && reader.TokenType == JsonTokenType.True;
            else if (pass.FieldsAreNoted && reader.ValueTextEquals(Upcasting.FieldNote))
                place = NextText(ref reader).ToArray();
            else
                reader.Skip();
        }

        if (subject is not { } found || isSealed == isErased)
            throw SealedValue.Malformed(field);

        if (isErased || !pass.OpensPersonal)
            return Personal.Erased(new(found));

        if (pass.Carrying is not { } carrying || carrying.Opened.Contains(field))
            return Open(pass, new(found), value, place);

        if (carrying.Checks)
            Open(pass, new(found), value, place);

        return new(new(found), CarriedValue.Of(pass.Type, place, value));
    }

    private Personal Open(SealingPass pass, UserId subject, ReadOnlySpan<byte> text, byte[] place)
    {
        // While the key is being waited for anything will do: the pass is repeated.
        if (pass.KeyToOpen(subject) is not { } lookup || lookup.State == SubjectKeyState.Forgotten)
            return Personal.Erased(subject);

        if (lookup.Key is not { } key)
            throw SealedValue.KeyMissing(subject);

        var size = Base64Url.GetMaxDecodedLength(text.Length);
        var rented = size > OnStack ? ArrayPool<byte>.Shared.Rent(size) : null;
        var value = rented ?? stackalloc byte[OnStack];
        try
        {
            return Base64Url.DecodeFromUtf8(text, value, out _, out var length) == OperationStatus.Done
                ? SealedValue.Open(key, value[..length], pass.PlaceOf(place), field)
                : throw SealedValue.Malformed(field);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void WriteSealed(Utf8JsonWriter writer, SealingPass pass, SubjectKey key, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var size = length + SubjectKey.Overhead;
        var textSize = Base64Url.GetEncodedLength(size);
        var all = length + size + textSize;
        var rented = all > OnStack ? ArrayPool<byte>.Shared.Rent(all) : null;
        var room = rented ?? stackalloc byte[OnStack];
        var clear = room[..length];
        try
        {
            Encoding.UTF8.GetBytes(text, clear);
            Span<byte> nonce = stackalloc byte[SubjectKey.NonceSize];
            pass.Nonces!.Fill(nonce);
            var value = room.Slice(length, size);
            if (!key.TrySeal(nonce, clear, pass.PlaceOf(_field), value))
                throw new SubjectForgottenException(key.Subject);

            var encoded = room.Slice(length + size, textSize);
            Base64Url.EncodeToUtf8(value, encoded, out _, out _);
            writer.WriteString("sealed"u8, encoded);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // What the writer of this format writes has no escapes; what somebody else wrote may.
    private ReadOnlySpan<byte> NextText(scoped ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            throw SealedValue.Malformed(field);

        return reader.ValueIsEscaped || reader.HasValueSequence ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;
    }
}

/// <summary>
/// Personal data anywhere but in a property of their own (in a list, say) have no field to be bound to. Refused, so that
/// they are never written in clear by the serializer's own means.
/// </summary>
internal sealed class UnplacedPersonalConverter : JsonConverter<Personal>
{
    private const string Refusal = "Personal data must be a property of an event, or of an object within it.";

    public override Personal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException(Refusal);

    public override void Write(Utf8JsonWriter writer, Personal value, JsonSerializerOptions options) =>
        throw new NotSupportedException(Refusal);
}
