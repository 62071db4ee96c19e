using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Client.Http;

/// <summary>A value that stands in JSON as one text. What cannot be read is refused without repeating it.</summary>
internal abstract class TextConverter<T> : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var value) ? value : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(ToText(value));

    protected abstract bool TryParse(string text, [MaybeNullWhen(false)] out T value);

    protected virtual string ToText(T value) => value!.ToString()!;
}

internal sealed class UserIdConverter : TextConverter<UserId>
{
    protected override bool TryParse(string text, out UserId value)
    {
        var read = Guid.TryParseExact(text, "D", out var id);
        value = new(id);
        return read;
    }
}

internal sealed class ConnectionIdConverter : TextConverter<ConnectionId>
{
    protected override bool TryParse(string text, out ConnectionId value)
    {
        var read = Guid.TryParseExact(text, "D", out var id);
        value = new(id);
        return read;
    }
}

internal sealed class MailboxKeyConverter : TextConverter<MailboxKey>
{
    protected override bool TryParse(string text, [MaybeNullWhen(false)] out MailboxKey value) => MailboxKey.TryParse(text, out value);

    protected override string ToText(MailboxKey value) => value.Reveal();
}

internal sealed class MailboxHalfConverter : TextConverter<MailboxHalf>
{
    protected override bool TryParse(string text, [MaybeNullWhen(false)] out MailboxHalf value) => MailboxHalf.TryParse(text, out value);

    protected override string ToText(MailboxHalf value) => value.Reveal();
}

internal sealed class MailboxNameConverter : TextConverter<MailboxName>
{
    protected override bool TryParse(string text, out MailboxName value) => MailboxName.TryParse(text, out value);
}

internal sealed class UserKeyConverter : TextConverter<UserKey>
{
    protected override bool TryParse(string text, out UserKey value) => UserKey.TryParse(text, out value);
}

internal sealed class StateConverter() : JsonStringEnumConverter<ConnectionView>(JsonNamingPolicy.CamelCase);

internal sealed class VideoStatusConverter() : JsonStringEnumConverter<Messaging.VideoStatus>(JsonNamingPolicy.CamelCase);
