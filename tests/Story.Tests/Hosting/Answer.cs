using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Cqrs.Api.Http;

namespace Cqrs.Story.Tests.Hosting;

/// <summary>An HTTP answer, read whole.</summary>
public sealed record Answer(int Status, byte[] Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    private static readonly string[] ProblemFields = ["type", "title", "status", "detail", "code"];

    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? ContentType => ContentHeaders.ContentType?.ToString();

    /// <summary>What <c>Cqrs-Position</c> says; 0 where it is not told.</summary>
    public long Position => Header("Cqrs-Position") is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

    public static async Task<Answer> ReadAsync(HttpResponseMessage response) =>
        new((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Headers, response.Content.Headers);

    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    public string String(string field) => Json.GetProperty(field).GetString()!;

    public T As<T>() => JsonSerializer.Deserialize<T>(Body, JsonSerializerOptions.Web)!;

    /// <summary>The names of the fields, in order.</summary>
    public string Fields() => FieldsOf(Json);

    public static string FieldsOf(JsonElement json) => string.Join(' ', json.EnumerateObject().Select(field => field.Name));

    public Answer ShouldBe(int status)
    {
        Status.ShouldBe(status, Text);
        return this;
    }

    /// <summary>Problem details with this code, the status and the title that belong to it, and no field besides <paramref name="extra"/>.</summary>
    public Answer ShouldBeProblem(string code, params string[] extra)
    {
        var kind = Problems.Kind(code);
        ShouldBe(kind.Status);
        ContentType.ShouldBe("application/problem+json");
        Headers.CacheControl!.ToString().ShouldBe("no-store");
        Fields().ShouldBe(string.Join(' ', [.. ProblemFields, .. extra]));
        String("type").ShouldBe($"urn:cqrs:problem:{code}");
        String("title").ShouldBe(kind.Title);
        Json.GetProperty("status").GetInt32().ShouldBe(kind.Status);
        String("detail").ShouldNotBeNullOrWhiteSpace();
        String("code").ShouldBe(code);
        Header("Cqrs-Position").ShouldBeNull();
        return this;
    }
}
