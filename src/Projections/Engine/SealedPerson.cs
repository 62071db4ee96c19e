using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Projections.Engine;

/// <summary>What a read model keeps of a person, sealed as one value under the person's own key.</summary>
internal sealed record SealedPerson(string? First, string? Last, string? Phone, string? MailboxKey = null)
{
    /// <returns>Null when the person has been forgotten meanwhile.</returns>
    public async ValueTask<string?> SealAsync(PersonalSealer sealer, string context, UserId subject, CancellationToken cancel)
    {
        var text = JsonSerializer.Serialize(this, SealedPersonJson.Default.SealedPerson);
        return await SealTextAsync(sealer, context, new(subject, text), cancel);
    }

    public static async ValueTask<SealedPerson?> OpenAsync(
        PersonalSealer sealer, string context, UserId subject, string? value, CancellationToken cancel)
    {
        var opened = await sealer.OpenAsync(context, subject, value, cancel);
        return opened.Text is { } text ? JsonSerializer.Deserialize(text, SealedPersonJson.Default.SealedPerson) : null;
    }

    public static async ValueTask<string?> SealTextAsync(PersonalSealer sealer, string context, Personal value, CancellationToken cancel)
    {
        try
        {
            return await sealer.SealAsync(context, value, cancel);
        }
        catch (SubjectForgottenException)
        {
            return null;
        }
    }

    public override string ToString() => "person";
}

[JsonSerializable(typeof(SealedPerson))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class SealedPersonJson : JsonSerializerContext;
