using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Api.Endpoints;

namespace Cqrs.Api.Http;

/// <summary>How the contract's JSON is written: text as it is (it is never put into HTML), times in UTC with milliseconds.</summary>
internal static class JsonTypes
{
    public static readonly ContractJson Contract = new(Options(ContractJson.Default.Options));

    public static readonly ProblemJson Problem = new(Options(ProblemJson.Default.Options));

    private static JsonSerializerOptions Options(JsonSerializerOptions options) => new(options)
    {
        TypeInfoResolver = null,
        AllowDuplicateProperties = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new UtcTime() },
    };

    private sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        {
            Span<char> text = stackalloc char[24];
            value.UtcDateTime.TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            writer.WriteStringValue(text[..length]);
        }
    }
}
