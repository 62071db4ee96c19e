using System.Text.Json.Nodes;
using Cqrs.Api.Http;
using Cqrs.Rules.Tests.Specifications;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Cqrs.Story.Tests.Description;

/// <summary>The OpenAPI document is whole, true to itself, and changes only where somebody meant it.</summary>
public sealed class DocumentTests(DescribedServer server) : IClassFixture<DescribedServer>
{
    private static readonly string[] CodesOfAnyAddress = ["not-found", "method-not-allowed", "unsupported-media-type"];

    [Fact]
    public void It_is_the_approved_one() => server.Text.ShouldBeApproved("Description/OpenApi.approved.json");

    [Fact]
    public void Another_reader_finds_no_fault()
    {
        var read = OpenApiDocument.Parse(server.Text, "json");
        read.Diagnostic!.Errors.Concat(read.Diagnostic.Warnings).Select(fault => $"{fault.Pointer}: {fault.Message}").ShouldBeEmpty();
        read.Document!.Paths.Count.ShouldBe(server.Document["paths"]!.AsObject().Count);
    }

    [Fact]
    public async Task It_does_not_depend_on_how_the_server_is_called()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, DescribedServer.DocumentPath) { Headers = { Host = "elsewhere.example" } };
        using var response = await server.Client.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldBe(server.Text);
        server.Document.ContainsKey("servers").ShouldBeFalse();
    }

    [Fact]
    public void Every_route_is_in_it()
    {
        var routes =
            from endpoint in server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            let path = endpoint.RoutePattern.RawText!
            where !path.StartsWith("/i/", StringComparison.Ordinal) && !path.StartsWith("/.well-known/", StringComparison.Ordinal)
                && path != DescribedServer.DocumentPath
            from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
            where !HttpMethods.IsHead(method)
            select $"{method.ToLowerInvariant()} {path}";
        server.Operations().Select(operation => $"{operation.Method} {operation.Path}").ShouldBe(routes, ignoreOrder: true);
    }

    [Fact]
    public void Every_code_is_listed_where_it_can_be_met()
    {
        var listed = server.Operations()
            .SelectMany(operation => operation.Operation["responses"]!.AsObject())
            .SelectMany(response => response.Value!["content"]?["application/problem+json"]?["examples"]?.AsObject() ?? [])
            .Select(example => example.Key).ToHashSet(StringComparer.Ordinal);
        listed.Concat(CodesOfAnyAddress).ShouldBe(Problems.All.Select(problem => problem.Code), ignoreOrder: true);

        var introduction = (string)server.Document["info"]!["description"]!;
        foreach (var problem in Problems.All) introduction.ShouldContain($"| `{problem.Code}` | {problem.Status} |");
    }

    [Fact]
    public void Problems_stand_under_their_status_and_code()
    {
        foreach (var (path, method, operation) in server.Operations())
        {
            foreach (var (status, response) in operation["responses"]!.AsObject())
            {
                foreach (var (code, example) in response!["content"]?["application/problem+json"]?["examples"]?.AsObject() ?? [])
                {
                    var value = server.Resolve(example!)["value"]!;
                    ((string?)value["code"]).ShouldBe(code, $"{method} {path}");
                    value["status"]!.ToString().ShouldBe(status, $"{method} {path}");
                    ((string)response["description"]!).ShouldContain($"`{code}`");
                }
            }
        }
    }

    [Fact]
    public void Every_body_has_an_example_and_each_fits()
    {
        var check = new SchemaCheck(server);
        var bodies = server.Operations().SelectMany(operation => Bodies(operation.Operation).Select(body => (operation.Path, body.Key, body.Value))).ToList();
        bodies.ShouldNotBeEmpty();
        foreach (var (path, type, body) in bodies)
        {
            var examples = body!["examples"]?.AsObject().Select(example => server.Resolve(example.Value!)["value"]).ToList() ?? [body["example"]];
            examples.ShouldNotContain((JsonNode?)null, $"{path} {type} has no example");
            foreach (var example in examples) check.Faults(example, body["schema"]!).ShouldBeEmpty($"{path} {type}");
        }
    }

    [Fact]
    public void Every_parameter_and_header_has_an_example_and_each_fits()
    {
        var check = new SchemaCheck(server);
        var parameters = server.Operations().SelectMany(operation => operation.Operation["parameters"]?.AsArray() ?? [])
            .Concat(server.Document["components"]!["headers"]!.AsObject().Select(header => header.Value));
        foreach (var parameter in parameters.Select(parameter => server.Resolve(parameter!)))
        {
            ((string?)parameter["description"]).ShouldNotBeNullOrEmpty(parameter.ToJsonString());
            check.Faults(parameter["example"], parameter["schema"]!).ShouldBeEmpty(parameter.ToJsonString());
        }
    }

    [Fact]
    public void Every_field_is_described()
    {
        var fields =
            from schema in server.Document["components"]!["schemas"]!.AsObject()
            from field in schema.Value!["properties"]?.AsObject() ?? []
            where string.IsNullOrEmpty((string?)field.Value!["description"])
            select $"{schema.Key}.{field.Key}";
        fields.ShouldBeEmpty();
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Bodies(JsonObject operation) =>
        operation["responses"]!.AsObject().Select(response => response.Value!["content"])
            .Append(operation["requestBody"]?["content"])
            .SelectMany(content => content?.AsObject() ?? []);
}
