using System.Text;
using System.Text.Json.Nodes;
using Cqrs.Api.Http;

namespace Cqrs.Api.Description;

/// <summary>
/// The OpenAPI 3.1 document of the endpoints that carry an <see cref="EndpointDescription"/>. Nothing in it depends on
/// the request, the clock or the machine, and everything is in a fixed order.
/// </summary>
internal static class ApiDocument
{
    private static readonly (string Name, string Description)[] Tags =
    [
        ("Registration", "A phone number becomes a user: ask for a code, send it back, get an auth token. No token is needed."),
        ("Me", "The caller's own user."),
        ("Connections", "Invites, and what becomes of them. Each pending invite, unacknowledged rejection and connection of one's own takes a square of the grid."),
        ("Messaging", "Mailboxes and videos of connected users."),
        ("Notifications", "Devices and what is sent to them."),
        ("Operations", "For operators and developers."),
    ];

    public static JsonObject Of(IEnumerable<Endpoint> endpoints)
    {
        var described = endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => (Endpoint: endpoint, Description: endpoint.Metadata.GetMetadata<EndpointDescription>()!))
            .Where(endpoint => endpoint.Description is not null)
            .OrderBy(endpoint => TagOrder(endpoint.Description.Tag))
            .ToList();
        var schemas = new Schemas();
        var problems = new ProblemExamples();
        var paths = new JsonObject();
        foreach (var (endpoint, description) in described)
        {
            var path = PathOf(endpoint);
            if (paths[path] is not JsonObject item) paths[path] = item = [];

            // HEAD is answered wherever GET is; the introduction says so once.
            foreach (var method in (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Where(method => !HttpMethods.IsHead(method)))
                item[method.ToLowerInvariant()] = Operations.Of(endpoint, method, description, schemas, problems);
        }

        schemas.Of(typeof(ProblemBody));
        var used = described.Select(endpoint => endpoint.Description.Tag).ToHashSet();
        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = Info(),
            ["tags"] = Json.Array(Tags.Where(tag => used.Contains(tag.Name))
                .Select(tag => new JsonObject { ["name"] = tag.Name, ["description"] = tag.Description })),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = Operations.SecuritySchemes(),
                ["parameters"] = Parameters.Components(),
                ["headers"] = Parameters.Headers(),
                ["schemas"] = schemas.Components(),
                ["examples"] = problems.Components(),
            },
        };
    }

    /// <summary>Returns the path as OpenAPI writes it: names of parameters without their constraints.</summary>
    public static string PathOf(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(
        segment => string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            _ => throw new InvalidOperationException($"The route {endpoint.RoutePattern.RawText} has no OpenAPI path."),
        }))));

    private static int TagOrder(string tag)
    {
        var order = Array.FindIndex(Tags, known => known.Name == tag);
        return order >= 0 ? order : throw new InvalidOperationException($"The tag '{tag}' is not described.");
    }

    private static JsonObject Info() => new()
    {
        ["title"] = "Connections",
        ["version"] = "1.0",
        ["summary"] = "People register with their phone number, invite each other and are connected.",
        ["description"] = Description(),
    };

    private static string Description()
    {
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        text.Append("\n| code | status | title |\n| --- | --- | --- |\n");
        foreach (var problem in Problems.All) text.Append($"| `{problem.Code}` | {problem.Status} | {problem.Title} |\n");
        return text.ToString();
    }

    private const string Introduction =
        """
        Bodies are JSON in UTF-8, of at most 32 KiB; field names are camelCase; times are ISO 8601 in UTC with milliseconds. Fields that are not known are ignored, and apps should ignore those that they do not know: fields are added. A field without a value is left out.

        ## Auth tokens
        Calls with the security scheme `authToken` need `Authorization: Bearer {authToken}`; `verifyRegistration` hands it out. A user has one valid token: registering again, `revokeTokens` and `forgetMe` end those before it.

        ## Tickets
        Messaging and notifications know no users. Calls with the security scheme `ticket` need `Authorization: Bearer {ticket}`; `vend` hands one out for an auth token. It lists the mailboxes that one may write and read and the users whom one may notify, and runs out after an hour: then they answer `ticket-expired`, and a new one is to be fetched. After a change of connections, too.

        ## Repeating a request
        Give every POST an `Idempotency-Key` of your own, for instance a random UUID, and send the same key with every repetition of the same request. The first one is carried out; repetitions by the same caller answer the same and do nothing twice, also after a restart of the server. The same key with another path or body answers `idempotency-key-reused`. Before there is a token, keys belong to the phone number (`requestRegistration`) or to the registration, so a phone may repeat a request from another network. An answer with `Retry-After` is not repeated: after the wait the same key may succeed. DELETE needs no key.

        ## Reading what was just written
        Answers carry `Cqrs-Position`. Queries are answered from read models, which follow a moment later: send the greatest position that you have seen as `Cqrs-Min-Position`, and the query waits, at most 5 s, until it has seen that much. After that it answers `not-caught-up`.

        ## Conditional requests
        Answers with an `ETag` compare it with `If-None-Match` as RFC 9110 says: several tags, weak tags and `*`. Every address that answers GET answers HEAD with the same headers and without the body; HEAD changes nothing.

        ## Errors
        Errors are problem details (RFC 9457), `application/problem+json`. Decide by `code`: codes are stable, and new ones are added, so treat an unknown one as its status. `title` and `detail` are sentences in English for developers; `detail` never repeats what was sent. `field` names nested fields by their path, `seen.video`. Where `Retry-After` is given, waiting helps. A 401 has `WWW-Authenticate: Bearer` (RFC 6750). A call that answers 5xx or not at all may be sent again with the same `Idempotency-Key`.

        Any address may answer `not-found`, `method-not-allowed` and `unsupported-media-type`; all other codes are listed with their calls. These are all:

        """;
}
