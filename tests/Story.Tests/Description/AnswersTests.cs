using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;
using Cqrs.Messaging.Videos;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.Description;

/// <summary>What the server really answers is what the document says, on a short way through it.</summary>
public sealed class AnswersTests(DescribedServer server) : IClassFixture<DescribedServer>
{
    private static readonly string[] OurHeaders = ["Cqrs-Position", "ETag", "Location", "Retry-After", "WWW-Authenticate"];

    private readonly HashSet<string> _promised = new(StringComparer.Ordinal);

    [Fact]
    public async Task Answers_are_as_described()
    {
        await AskAsync("live", 200);
        await AskAsync("requestRegistration", 400, body: new JsonObject());
        var registration = (await AskAsync("requestRegistration", 202, body: ExampleOf("requestRegistration")))!;
        var registrationId = (string)registration["registrationId"]!;
        await AskAsync("resendCode", 429, registrationId);
        await AskAsync("resendCode", 404, "nothing");
        await AskAsync("verifyRegistration", 400, registrationId, new JsonObject { ["code"] = "none" });

        var code = await CodeAsync();
        await AskAsync("verifyRegistration", 422, registrationId, new JsonObject { ["code"] = code == "000000" ? "000001" : "000000" });
        var verified = (await AskAsync("verifyRegistration", 200, registrationId, new JsonObject { ["code"] = code }))!;
        await AskAsync("getMe", 401);
        await AskAsync("invite", 401, body: ExampleOf("invite"));
        var token = (string)verified["authToken"]!;

        await AskAsync("getMe", 200, token: token);
        var invite = (await AskAsync("invite", 201, body: ExampleOf("invite"), token: token))!;
        await AskAsync("invite", 200, body: ExampleOf("invite"), token: token);
        var connectionId = (string)invite["connectionId"]!;
        await AskAsync("acceptConnection", 409, connectionId, token: token);
        await AskAsync("listConnections", 400, token: token, header: ("Cqrs-Min-Position", "soon"));
        await AskAsync("listConnections", 200, token: token, header: ("Cqrs-Min-Position", _position));
        await AskAsync("listConnections", 304, token: token, header: ("If-None-Match", _etag));
        await AskAsync("clearConnection", 200, connectionId, token: token);
        await AskAsync("clearConnection", 400, connectionId, token: token, header: ("Idempotency-Key", new string('k', 129)));
        await MessagingAsync(token);
        await AskAsync("forgetMe", 204, token: token);
        await NotificationsAsync();
        await AskAsync("ready", 200);
        _promised.ShouldBe(OurHeaders, ignoreOrder: true);
    }

    private async Task NotificationsAsync()
    {
        var keys = server.App.Services.GetRequiredService<TokenKeys>();
        UserKey.TryParse((string)ExampleOf("notify")["to"]!, out var peer).ShouldBeTrue();
        var now = TimeProvider.System.GetUtcNow();
        var ticket = Tickets.Sign(new(new(1), new(2), now, now.AddHours(1), [new(new(3), new(4), peer)]), keys);
        var others = Tickets.Sign(new(new(1), new(2), now, now.AddHours(1), []), keys);
        var expired = Tickets.Sign(new(new(1), new(2), now, now, []), keys);
        await AskAsync("setDevice", 204, "ios", ExampleOf("setDevice"), ticket);
        await AskAsync("setDevice", 400, "none", ExampleOf("setDevice"), ticket);
        await AskAsync("setDevice", 401, "ios", ExampleOf("setDevice"), expired);
        await AskAsync("removeDevice", 204, "ios", token: ticket);
        await AskAsync("removeDevice", 400, "none", token: ticket);
        await AskAsync("notify", 202, body: ExampleOf("notify"), token: ticket);
        await AskAsync("notify", 400, body: new JsonObject(), token: ticket);
        await AskAsync("notify", 403, body: ExampleOf("notify"), token: others);
    }

    private async Task MessagingAsync(string token)
    {
        await AskAsync("vend", 200, token: token);
        await AskAsync("vend", 401);

        // A ticket for one mailbox, to be written and read.
        var (keys, mailbox, now) = (server.App.Services.GetRequiredService<TokenKeys>(), new MailboxName(1), DateTimeOffset.UtcNow);
        var ticket = Tickets.Sign(new(default, default, now, now.AddMinutes(1), [new(mailbox, mailbox, default)]), keys);
        await AskAsync("pollMailboxes", 401, token: token);
        await AskAsync("pollMailboxes", 200, token: ticket);
        await AskAsync("writeMailbox", 403, "other", ExampleOf("writeMailbox"), ticket);
        await AskAsync("writeMailbox", 400, $"{mailbox}", new JsonObject(), ticket);
        await AskAsync("writeMailbox", 204, $"{mailbox}", ExampleOf("writeMailbox"), ticket);
        await AskAsync("writeMailbox", 409, $"{mailbox}", new JsonObject { ["video"] = 1 }, ticket);
        await AskAsync("pollMailboxes", 200, token: ticket);
        await AskAsync("pollMailboxes", 304, token: ticket, header: ("If-None-Match", _etag));
        await AskAsync("requestUpload", 201, $"{mailbox}", ExampleOf("requestUpload"), ticket);
        await AskAsync("requestUpload", 413, $"{mailbox}", new JsonObject { ["video"] = 1, ["contentType"] = "video/mp4", ["length"] = long.MaxValue }, ticket);
        await AskAsync("downloadVideo", 404, $"{mailbox}/1", token: ticket);

        var terms = new VideoTerms("video/mp4", 3);
        await server.App.Services.GetRequiredService<VideoFiles>().ReceiveAsync(new(mailbox, 1), terms, new MemoryStream([1, 2, 3]), default);
        await AskAsync("downloadVideo", 302, $"{mailbox}/1", token: ticket);
    }

    private string _position = "";
    private string _etag = "";

    private async Task<string> CodeAsync()
    {
        // The relay sends a moment after the answer; the last message is the newest.
        var messages = (JsonArray?)await Wait.UntilAsync(() => AskAsync("listOutbox", 200), answer => answer is JsonArray { Count: > 0 });
        return ((string)messages![^1]!["text"]!)[..6];
    }

    private JsonNode ExampleOf(string operationId) =>
        Find(operationId).Operation["requestBody"]!["content"]!["application/json"]!["example"]!;

    private (string Path, string Method, JsonObject Operation) Find(string operationId) =>
        server.Operations().Single(operation => (string?)operation.Operation["operationId"] == operationId);

    /// <summary>Makes a described call, and compares all of its answer with the description.</summary>
    private async Task<JsonNode?> AskAsync(
        string operationId, int status, string? id = null, JsonNode? body = null, string? token = null, (string Name, string Value)? header = null)
    {
        var (path, method, operation) = Find(operationId);
        foreach (var one in id?.Split('/') ?? []) path = path[..path.IndexOf('{', StringComparison.Ordinal)] + one + path[(path.IndexOf('}', StringComparison.Ordinal) + 1)..];
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (header is var (name, value)) request.Headers.Add(name, value);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await server.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var call = $"{operationId} answered {(int)response.StatusCode} {text}";
        ((int)response.StatusCode).ShouldBe(status, call);

        var described = operation["responses"]![$"{status}"].ShouldNotBeNull(call);
        CheckHeaders(response, described, call);
        if (described["content"]?.AsObject() is not { } contents)
        {
            text.ShouldBeEmpty(call);
            return null;
        }

        var (type, content) = contents.Single();
        response.Content.Headers.ContentType!.MediaType.ShouldBe(type, call);
        var answer = type == "text/plain" ? text : JsonNode.Parse(text);
        new SchemaCheck(server).Faults(answer, content!["schema"]!).ShouldBeEmpty(call);
        if (type == "application/problem+json") content["examples"]!.AsObject().Select(example => example.Key).ShouldContain((string)answer!["code"]!, call);
        return answer;
    }

    private void CheckHeaders(HttpResponseMessage response, JsonNode described, string call)
    {
        var promised = described["headers"]?.AsObject().Select(header => header.Key).ToList() ?? [];
        var sent = OurHeaders.Where(response.Headers.Contains).ToList();
        sent.ShouldBeSubsetOf(promised, call);
        promised.Where(name => name != "Retry-After").ShouldBeSubsetOf(sent, call);
        _promised.UnionWith(sent);
        if (response.Headers.TryGetValues("Cqrs-Position", out var position)) _position = position.Single();
        if (response.Headers.ETag is { } etag) _etag = etag.Tag;
    }
}
