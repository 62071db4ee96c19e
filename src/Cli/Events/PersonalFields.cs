using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Events;

/// <summary>
/// The JSON of an event as it may be shown: personal data masked, or in clear; the data of forgotten users show as erased.
/// Masked data are not decrypted.
/// </summary>
internal sealed class PersonalFields
{
    public const string Masked = "•••";
    public const string Erased = "erased";

    private const int Remembered = 10_000;

    // Of two fields with one name a reader would see only one.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    private readonly ISubjectKeys _keys;
    private readonly SealedFields? _opened;

    private Dictionary<UserId, string> _words = [];
    private long _since;

    private PersonalFields(ISubjectKeys keys, SealedFields? opened) => (_keys, _opened) = (keys, opened);

    public bool AreInClear => _opened is not null;

    public static PersonalFields MaskedBy(ISubjectKeys keys) => new(keys, opened: null);

    /// <summary>For <see cref="Audit.RevealAudit"/> alone.</summary>
    public static PersonalFields InClear(ISubjectKeys keys) => new(keys, new(keys));

    /// <returns>The data; null where they are no JSON object with distinct names and texts in Unicode.</returns>
    public async ValueTask<JsonObject?> ShowAsync(RecordedEvent recorded, CancellationToken cancel)
    {
        if (!recorded.IsJson) return null;
        try
        {
            if (!IsText(recorded.Data.Span) || JsonNode.Parse(recorded.Data.Span, documentOptions: Strict) is not JsonObject data) return null;
            await ShowAsync(data, recorded, cancel);
            return data;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Other programs may write JSON whose texts are no Unicode: bytes that are no UTF-8, or half a surrogate pair. Such a
    // text can be neither shown nor written again.
    private static bool IsText(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) return false;
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0) return true;
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    _ = reader.GetString();

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>What a masked value shows as.</summary>
    public async ValueTask<string> WordAsync(UserId subject, bool isSealed, CancellationToken cancel)
    {
        if (!isSealed) return Erased;

        // The events of one user come in clusters: the key store is asked once per 100 ms, so an erasure shows soon after.
        if (_words.Count >= Remembered || Stopwatch.GetElapsedTime(_since) > Moment) (_since, _words) = (Stopwatch.GetTimestamp(), []);
        if (_words.TryGetValue(subject, out var known)) return known;
        return _words[subject] = await _keys.StateAsync(subject, cancel) == SubjectKeyState.Present ? Masked : Erased;
    }

    private async ValueTask ShowAsync(JsonNode? json, RecordedEvent recorded, CancellationToken cancel)
    {
        switch (json)
        {
            case JsonObject parent:
                List<(string Name, JsonObject Value, UserId Subject)>? personal = null;
                foreach (var (name, value) in parent)
                {
                    if (value is JsonObject inner && SubjectOf(inner) is { } subject) (personal ??= []).Add((name, inner, subject));
                    else if (value is JsonObject or JsonArray) await ShowAsync(value, recorded, cancel);
                }

                foreach (var (name, value, subject) in personal ?? [])
                    parent[name] = await TextAsync(recorded, name, value, subject, cancel);
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    // Not written by this product, and bound to no field: never opened.
                    if (list[i] is JsonObject inner && SubjectOf(inner) is not null) list[i] = Masked;
                    else await ShowAsync(list[i], recorded, cancel);
                }

                break;
        }
    }

    // The format of personal data in events: {"subject", "sealed"} or {"subject", "erased"}.
    private static UserId? SubjectOf(JsonObject json) =>
        (json.ContainsKey("sealed") || json.ContainsKey("erased"))
        && json["subject"] is JsonValue value && value.TryGetValue<string>(out var text) && Guid.TryParse(text, out var subject)
            ? new(subject)
            : null;

    private async ValueTask<string> TextAsync(RecordedEvent recorded, string field, JsonObject json, UserId subject, CancellationToken cancel)
    {
        if (json["sealed"] is not JsonValue value || !value.TryGetValue<string>(out var text)) return Erased;
        return _opened is not null
            ? (await _opened.OpenAsync(recorded.Stream, recorded.Type, field, subject, text, cancel)).Text ?? Erased
            : await WordAsync(subject, isSealed: true, cancel);
    }
}
