using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cqrs.Api.Http;

/// <summary>The body of a request: read whole, within limits, and only then understood.</summary>
public static class RequestBody
{
    public const int MaxLength = 32 * 1024;

    /// <returns>
    /// The bytes; null when there are more than <see cref="MaxLength"/>. What is too much is read to its end and dropped:
    /// who is still sending does not hear why he is refused.
    /// </returns>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        var reader = request.BodyReader;
        var isTooLarge = request.ContentLength > MaxLength;
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            isTooLarge |= read.Buffer.Length > MaxLength;
            if (read.IsCompleted)
            {
                var body = isTooLarge ? (ReadOnlyMemory<byte>?)null : read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(isTooLarge ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Understands a JSON object; unknown fields are passed over.</summary>
    /// <exception cref="InvalidBodyException">It is none, or a field has the wrong type.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, type) ?? throw new InvalidBodyException(field: null, "The body is not a JSON object.");
        }
        catch (JsonException e)
        {
            // The path names a field, never a value.
            var field = e.Path is ['$', '.', .. var name] && IsName(name) ? name : null;
            throw new InvalidBodyException(field, field is null ? "The body is not a JSON object, or not valid UTF-8." : $"The field '{field}' has the wrong type, or is not valid text.");
        }
    }

    /// <summary>A field that has to be there.</summary>
    public static string Need(string? value, string field) =>
        value ?? throw new InvalidBodyException(field, $"The field '{field}' is missing.");

    private static bool IsName(string path) => path.Length <= 40 && path.All(char.IsAsciiLetterOrDigit);
}

/// <summary>The body is not what this call takes.</summary>
public sealed class InvalidBodyException(string? field, string message) : Exception(message)
{
    public string? Field { get; } = field;
}
