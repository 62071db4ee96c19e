using System.Text.Json.Nodes;
using Cqrs.Api.Http;

namespace Cqrs.Api.Description;

/// <summary>Parameters in paths, queries and headers, and headers of answers.</summary>
internal static class Parameters
{
    private const string IfNoneMatch = "If-None-Match";
    private const string IfMatch = "If-Match";
    private const string UploadIfNoneMatch = "Upload-If-None-Match";

    /// <summary>The parameters of one call, in the order of its path, then headers.</summary>
    public static JsonArray Of(RouteEndpoint endpoint, string method, EndpointDescription description)
    {
        var parameters = new List<JsonNode?>();
        foreach (var parameter in endpoint.RoutePattern.Parameters) parameters.Add(InAddress(parameter.Name, "path"));
        foreach (var name in description.Query) parameters.Add(InAddress(name, "query"));
        if (HttpMethods.IsPost(method)) parameters.Add(Json.Ref("parameters", IdempotentCalls.KeyHeader));
        if (description.IsQuery) parameters.Add(Json.Ref("parameters", QueryPipeline.MinPositionHeader));
        if (description.HasPreconditions) parameters.AddRange([Json.Ref("parameters", IfMatch), Json.Ref("parameters", UploadIfNoneMatch)]);
        else if (description.HasETag) parameters.Add(Json.Ref("parameters", IfNoneMatch));
        return Json.Array(parameters);
    }

    public static JsonObject Components() => new()
    {
        [IdempotentCalls.KeyHeader] = Header(
            IdempotentCalls.KeyHeader,
            "Any text that is new for each new request, and the same when it is repeated. Without it a repetition is a new request.",
            new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = 128 },
            "5f0c1c1e-8a6b-4d3e-9b1a-000000000001"),
        [QueryPipeline.MinPositionHeader] = Header(
            QueryPipeline.MinPositionHeader,
            "A `Cqrs-Position` that the answer must have seen; the query waits for it, at most 5 s.",
            Position(), 42),
        [IfNoneMatch] = Header(
            IfNoneMatch,
            "The `ETag` of the answer that you have, or several; 304 without a body when one of them is still the newest. Weak tags compare as strong ones do, and `*` stands for any.",
            new() { ["type"] = "string" }, "\"17\""),
        [IfMatch] = Header(
            IfMatch,
            "Replaces only the version with one of these `ETag`s, compared strongly; `*` for any version that is there.",
            new() { ["type"] = "string" }, "\"17\""),
        [UploadIfNoneMatch] = Header(
            IfNoneMatch,
            "`*` stores only where nothing is stored yet; with `ETag`s, only where the stored version is another one.",
            new() { ["type"] = "string" }, "*"),
    };

    public static JsonObject Headers() => new()
    {
        [Reply.PositionHeader] = new JsonObject
        {
            ["description"] = "How far the log is written (commands) or seen (queries) by this answer; for `Cqrs-Min-Position`.",
            ["schema"] = Position(),
            ["example"] = 42,
        },
        ["ETag"] = new JsonObject
        {
            ["description"] = "Version of the answer; for `If-None-Match`.",
            ["schema"] = new JsonObject { ["type"] = "string" },
            ["example"] = "\"17\"",
        },
        ["Location"] = new JsonObject
        {
            ["description"] = "Where it is. A credential: do not log it.",
            ["schema"] = new JsonObject { ["type"] = "string", ["format"] = "uri" },
            ["example"] = Examples.Download,
        },
        ["WWW-Authenticate"] = new JsonObject
        {
            ["description"] = "How to authenticate (RFC 6750). With `error=\"invalid_token\"` where a token was sent that is not valid.",
            ["schema"] = new JsonObject { ["type"] = "string" },
            ["example"] = "Bearer realm=\"connections\"",
        },
        ["Retry-After"] = new JsonObject
        {
            ["description"] = "Seconds to wait before the next try. Left out where waiting does not help.",
            ["schema"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1 },
            ["example"] = 60,
        },
    };

    private static JsonObject InAddress(string name, string where)
    {
        var schema = new JsonObject { ["type"] = "string" };
        Fields.Find(where, name)?.ApplyTo(schema);
        var description = schema["description"]?.DeepClone();
        schema.Remove("description");
        return new()
        {
            ["name"] = name,
            ["in"] = where,
            ["required"] = true,
            ["description"] = description,
            ["schema"] = schema,
            ["example"] = Examples.Parameter(name),
        };
    }

    private static JsonObject Header(string name, string description, JsonObject schema, JsonNode example) => new()
    {
        ["name"] = name,
        ["in"] = "header",
        ["required"] = false,
        ["description"] = description,
        ["schema"] = schema,
        ["example"] = example,
    };

    private static JsonObject Position() => new() { ["type"] = "integer", ["format"] = "int64", ["minimum"] = 0 };
}
