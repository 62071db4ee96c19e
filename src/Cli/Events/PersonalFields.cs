using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Events;

/// <summary>
/// The JSON of an event as it may be shown: personal data masked, or in clear; those of people who were forgotten show
/// as erased. What is masked is never opened for it.
/// </summary>
internal sealed class PersonalFields
{
    public const string Masked = "•••";
    public const string Erased = "erased";

    private const int Remembered = 10_000;

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

    /// <returns>The data; null where they are no JSON object.</returns>
    public async ValueTask<JsonObject?> ShowAsync(RecordedEvent recorded, CancellationToken cancel)
    {
        if (!recorded.IsJson) return null;
        try
        {
            if (JsonNode.Parse(recorded.Data.Span) is not JsonObject data) return null;
            await ShowAsync(data, recorded, cancel);
            return data;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What a masked value shows as.</summary>
    public async ValueTask<string> WordAsync(UserId subject, bool isSealed, CancellationToken cancel)
    {
        if (!isSealed) return Erased;

        // The events of somebody come in clusters: he is asked about once a moment, and still erased soon after he is.
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
