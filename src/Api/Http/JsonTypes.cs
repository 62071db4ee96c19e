using System.Text.Encodings.Web;
using System.Text.Json;
using Cqrs.Api.Endpoints;
using Cqrs.EventStore.Serialization;

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
        Converters = { new UtcMillisecondsConverter() },
    };
}
