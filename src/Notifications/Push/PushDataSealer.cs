using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Notifications.Push;

/// <summary>
/// What phones have passed on may be anything, also personal: on the bus and in the deliveries it is sealed, under a key
/// of the installation, and opens for its own message only.
/// </summary>
public sealed class PushDataSealer(ISystemKeys keys)
{
    private SubjectKey? _seal;

    /// <returns>Base64url; null for nothing.</returns>
    public async ValueTask<string?> SealAsync(Guid message, IReadOnlyDictionary<string, string>? data, CancellationToken cancel)
    {
        if (data is not { Count: > 0 }) return null;
        var content = JsonSerializer.SerializeToUtf8Bytes(data, PushDataJson.Default.IReadOnlyDictionaryStringString);
        return Base64Url.EncodeToString((await KeyAsync(cancel)).Seal(content, message.ToByteArray(bigEndian: true)));
    }

    /// <exception cref="PersonalDataException">It was changed, or belongs to another message.</exception>
    public async ValueTask<IReadOnlyDictionary<string, string>> OpenAsync(Guid message, string? data, CancellationToken cancel)
    {
        if (data is null) return new Dictionary<string, string>();
        var value = new byte[Base64Url.GetMaxDecodedLength(data.Length)];
        if (Base64Url.DecodeFromChars(data, value, out _, out var length) != OperationStatus.Done)
            throw new PersonalDataException(PersonalDataException.Malformed, "The data of a push are not written as sealed.");
        var content = (await KeyAsync(cancel)).TryOpen(value.AsSpan(0, length), message.ToByteArray(bigEndian: true))
            ?? throw new PersonalDataException(PersonalDataException.Tampered, "The data of a push were changed, or belong to another one.");
        return JsonSerializer.Deserialize(content, PushDataJson.Default.IReadOnlyDictionaryStringString)!;
    }

    private async ValueTask<SubjectKey> KeyAsync(CancellationToken cancel) =>
        _seal ??= new(new(Guid.Empty), (await keys.GetOrCreateSystemKeyAsync("push-data", cancel)).Span);
}

[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class PushDataJson : JsonSerializerContext;
