using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cqrs.Api.Http;

/// <summary>Reads the body of a request whole, within limits, and only then parses it.</summary>
public static class RequestBody
{
    public const int MaxLength = 32 * 1024;

    private const int LongestName = 64;

    /// <returns>
    /// The bytes; null when there are more than <see cref="MaxLength"/>. The excess is read and dropped, because a client
    /// that is still sending does not read the answer.
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

    /// <summary>Parses a JSON object; unknown fields are ignored.</summary>
    /// <exception cref="InvalidBodyException">The body is not a JSON object, or a field has the wrong type; nested fields are named by their path.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, type) ?? throw new InvalidBodyException(field: null, "The body is not a JSON object.");
        }
        catch (JsonException e)
        {
            var field = FieldOf(e.Path);
            throw new InvalidBodyException(field, field is null ? "The body is not a JSON object, or not valid UTF-8." : $"The field '{field}' has the wrong type, or is not valid text.");
        }
    }

    /// <summary>Returns the value of a required field.</summary>
    /// <exception cref="InvalidBodyException">It is missing.</exception>
    public static string Need(string? value, string field) =>
        value ?? throw new InvalidBodyException(field, $"The field '{field}' is missing.");

    /// <summary>
    /// The field that a JSON path (<c>$.seen.video</c>, <c>$.data['a b']</c>) names, as far as its names are plain: the
    /// names in a map were chosen by the client, and odd ones are not repeated.
    /// </summary>
    private static string? FieldOf(string? path)
    {
        if (path is not ['$', '.', .. var names]) return null;
        var field = "";
        foreach (var part in names.Split('.'))
        {
            var name = part.Split('[')[0];
            if (!IsName(name)) break;
            field = field.Length == 0 ? name : $"{field}.{name}";
            if (name.Length < part.Length) break;
        }

        return field.Length == 0 ? null : field;
    }

    /// <summary>True for names that may be repeated in an error: short, and of letters, digits, hyphens and underscores.</summary>
    internal static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}

/// <summary>The body, or a header that belongs to it, cannot be understood.</summary>
public sealed class InvalidBodyException(string? field, string message) : Exception(message)
{
    /// <summary>The path of the field (<c>seen.video</c>) or the name of the header; null when the whole body is meant.</summary>
    public string? Field { get; } = field;
}
