using System.Text.Encodings.Web;
using System.Text.Json;
using Cqrs.Api.Http;

namespace Cqrs.Api.Description;

/// <summary>The OpenAPI document at <see cref="Address"/>, made at the first request for it and kept.</summary>
internal sealed class ApiDescription(EndpointDataSource endpoints)
{
    public const string Address = "/openapi/v1.json";

    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Lazy<byte[]> _document = new(() => Write(endpoints));

    public ReadOnlyMemory<byte> Document => _document.Value;

    private static byte[] Write(EndpointDataSource endpoints)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Layout)) ApiDocument.Of(endpoints.Endpoints).WriteTo(writer);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }
}

internal static class ApiDescriptionParts
{
    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddSingleton<ApiDescription>();

    public static void MapApiDescription(this IEndpointRouteBuilder routes) =>
        routes.MapRead(ApiDescription.Address, (ApiDescription description) => Results.Bytes(description.Document, "application/json; charset=utf-8"));
}
