using System.Text.Json;
using System.Text.Json.Nodes;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Cli.Events;

/// <summary>
/// The JSON of an event as it may be shown: personal data are masked, and those of people who were forgotten show as
/// erased. What is sealed is never opened for it.
/// </summary>
internal sealed class PersonalFields(ISubjectKeys keys)
{
    public const string Masked = "•••";
    public const string Erased = "erased";

    /// <returns>The data; null where they are no JSON object.</returns>
    public async ValueTask<JsonObject?> MaskAsync(RecordedEvent recorded, CancellationToken cancel)
    {
        if (!recorded.IsJson) return null;
        try
        {
            if (JsonNode.Parse(recorded.Data.Span) is not JsonObject data) return null;
            await MaskAsync(data, cancel);
            return data;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async ValueTask MaskAsync(JsonObject json, CancellationToken cancel)
    {
        foreach (var (name, value) in json.ToList())
        {
            if (value is not JsonObject inner) continue;
            if (SubjectOf(inner) is { } subject) json[name] = await IsErasedAsync(inner, subject, cancel) ? Erased : Masked;
            else await MaskAsync(inner, cancel);
        }
    }

    // The format of personal data in events: {"subject", "sealed"} or {"subject", "erased"}.
    private static UserId? SubjectOf(JsonObject json) =>
        (json.ContainsKey("sealed") || json.ContainsKey("erased"))
        && json["subject"] is JsonValue value && value.TryGetValue<string>(out var text) && Guid.TryParse(text, out var subject)
            ? new(subject)
            : null;

    private async ValueTask<bool> IsErasedAsync(JsonObject json, UserId subject, CancellationToken cancel) =>
        !json.ContainsKey("sealed") || (await keys.FindAsync(subject, cancel)).State != SubjectKeyState.Present;
}
