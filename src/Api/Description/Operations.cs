using System.Text.Json.Nodes;
using Cqrs.Api.Http;

namespace Cqrs.Api.Description;

/// <summary>One call: its parameters and body, and every answer.</summary>
internal static class Operations
{
    private const string JsonType = "application/json";
    private const string BytesType = "application/octet-stream";
    private const string ProblemType = "application/problem+json";

    public static JsonObject Of(
        RouteEndpoint endpoint, string method, EndpointDescription description, Schemas schemas, ProblemExamples problems)
    {
        var operation = new JsonObject
        {
            ["operationId"] = description.OperationId,
            ["tags"] = Json.Strings([description.Tag]),
            ["summary"] = description.Summary,
        };
        if (description.Details is { } details) operation["description"] = details;
        if (description.NeedsToken) operation["security"] = Json.Array([new JsonObject { ["authToken"] = new JsonArray() }]);
        if (description.NeedsTicket) operation["security"] = Json.Array([new JsonObject { ["ticket"] = new JsonArray() }]);
        if (Parameters.Of(endpoint, method, description) is { Count: > 0 } parameters) operation["parameters"] = parameters;
        if (description.Body is { } body)
        {
            operation["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = Content(body, Examples.Body(body), schemas),
            };
        }

        operation["responses"] = Responses(method, description, schemas, problems);
        return operation;
    }

    public static JsonObject SecuritySchemes() => new()
    {
        ["authToken"] = new JsonObject
        {
            ["type"] = "http",
            ["scheme"] = "bearer",
            ["description"] = "The `authToken` that `verifyRegistration` answered.",
        },
        ["ticket"] = new JsonObject
        {
            ["type"] = "http",
            ["scheme"] = "bearer",
            ["description"] = "The `ticket` that `vend` answered.",
        },
    };

    private static JsonObject Responses(string method, EndpointDescription description, Schemas schemas, ProblemExamples problems)
    {
        var failures = ProblemCodes.Of(method, description).GroupBy(problem => problem.Status).ToDictionary(group => group.Key, group => group.ToList());
        var responses = new JsonObject();
        foreach (var status in description.Answers.Keys.Union(failures.Keys).Order())
        {
            responses[$"{status}"] = description.Answers.TryGetValue(status, out var body)
                ? Answer(method, description, status, body, schemas)
                : Problem(description, failures[status], problems);
        }

        return responses;
    }

    private static JsonObject Answer(string method, EndpointDescription description, int status, Type? body, Schemas schemas)
    {
        var answer = new JsonObject { ["description"] = Meaning(method, description, status) };
        var headers = new JsonObject();
        if (description.IsQuery || !(HttpMethods.IsGet(method) || description.KnowsNoLog)) headers[Reply.PositionHeader] = Json.Ref("headers", Reply.PositionHeader);
        if (description.HasETag) headers["ETag"] = Json.Ref("headers", "ETag");
        if (status == StatusCodes.Status302Found) headers["Location"] = Json.Ref("headers", "Location");
        if (headers.Count > 0) answer["headers"] = headers;
        if (body is not null) answer["content"] = Content(body, Examples.Answer(description.OperationId, status, body), schemas);
        return answer;
    }

    private static string Meaning(string method, EndpointDescription description, int status) => status switch
    {
        200 when HttpMethods.IsGet(method) => "As it is now.",
        200 when description.Answers.ContainsKey(201) => "It was so already: the same answer as the first time.",
        200 => "Done.",
        201 => "Done: it is new.",
        202 => "Accepted: it is on its way.",
        204 => "Done. No body.",
        206 => "The part that `Range` asked for.",
        302 => "It is at `Location`. No body.",
        304 => "Nothing has changed since the `ETag` in `If-None-Match`. No body.",
        416 => "`Range` asks for what is beyond the end. No body.",
        503 => "Not ready: at least one dependency is not `ok`.",
        _ => throw new InvalidOperationException($"It is not described what {status} means for {description.OperationId}."),
    };

    private static JsonObject Content(Type body, JsonNode? example, Schemas schemas)
    {
        var content = new JsonObject { ["schema"] = schemas.Of(body) };
        if (example is not null) content["example"] = example;
        return new() { [body == typeof(string) ? "text/plain" : body == typeof(Stream) ? BytesType : JsonType] = content };
    }

    private static JsonObject Problem(EndpointDescription description, List<ProblemKind> kinds, ProblemExamples problems)
    {
        var examples = kinds.Select(kind => KeyValuePair.Create(kind.Code, problems.Of(kind.Code, description))).ToList();
        var answer = new JsonObject { ["description"] = string.Join('\n', kinds.Select(kind => $"- `{kind.Code}`: {kind.Title}")) };
        var headers = new JsonObject();
        if (kinds.Exists(kind => ProblemExamples.TellsWhen(kind.Code))) headers["Retry-After"] = Json.Ref("headers", "Retry-After");
        if (kinds[0].Status == StatusCodes.Status401Unauthorized) headers["WWW-Authenticate"] = Json.Ref("headers", "WWW-Authenticate");
        if (headers.Count > 0) answer["headers"] = headers;
        answer["content"] = new JsonObject
        {
            [ProblemType] = new JsonObject
            {
                ["schema"] = Json.Ref("schemas", Schemas.NameOf(typeof(ProblemBody))),
                ["examples"] = new JsonObject(examples.Select(example => KeyValuePair.Create<string, JsonNode?>(example.Key, example.Value))),
            },
        };
        return answer;
    }
}

/// <summary>The problems of a call: its own, and those that every call of its kind may answer.</summary>
internal static class ProblemCodes
{
    public static IEnumerable<ProblemKind> Of(string method, EndpointDescription description)
    {
        var isCommand = !description.IsQuery && !HttpMethods.IsGet(method);
        var codes = new HashSet<string>(description.Codes, StringComparer.Ordinal) { "internal-error" };
        if (description.NeedsToken || description.NeedsTicket) codes.Add("unauthorized");
        if (description.NeedsTicket) codes.Add("ticket-expired");
        var takesBytes = description.Body == typeof(Stream);
        if ((description.Body is not null && !takesBytes) || description.IsQuery || HttpMethods.IsPost(method)) codes.Add("invalid-request");
        if (HttpMethods.IsPost(method)) codes.Add("idempotency-key-reused");
        if (description.IsQuery) codes.UnionWith(["not-caught-up", "storage-unavailable"]);
        if (isCommand && !description.KnowsNoLog) codes.Add("try-again");
        if (isCommand && !takesBytes) codes.Add("body-too-large");
        if (isCommand) codes.UnionWith(["request-timeout", "storage-unavailable"]);
        return Problems.All.Where(problem => codes.Contains(problem.Code));
    }
}
