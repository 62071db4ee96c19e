using Cqrs.Story.Tests.Messaging;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.Standards;

/// <summary>HEAD is answered as GET is, without the body (RFC 9110, section 9.3.2), and changes nothing.</summary>
public sealed class HeadTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static readonly string[] Compared = ["ETag", "Cqrs-Position", "Cache-Control", "Location", "Accept-Ranges", "WWW-Authenticate"];

    private readonly StoryServer server = fixture.Server;

    [Fact]
    public void Every_route_that_answers_GET_answers_HEAD()
    {
        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => (endpoint.RoutePattern.RawText, Methods: endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []))
            .Where(route => route.Methods.Contains("GET")).ToList();
        routes.Count.ShouldBeGreaterThan(8);
        routes.Where(route => !route.Methods.Contains("HEAD")).Select(route => route.RawText).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_read_answers_HEAD_with_the_headers_of_GET()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        await ada.SendsAsync(1000, new byte[10]);
        await bob.Phone.ListAsync();
        await bob.PollsAsync();
        var video = await bob.AsksDownloadAsync(1000);
        await SameAsync("/connections", bob.Phone.Token);
        await SameAsync("/me", bob.Phone.Token);
        await SameAsync("/mailboxes", bob.Ticket);
        await SameAsync(video, "");
        await SameAsync("/health/live", "");
        await SameAsync("/dev/outbox", "");
        await SameAsync("/openapi/v1.json", "");
        await SameAsync("/.well-known/assetlinks.json", "");
        await SameAsync("/i/0000000000000000", "");
        await SameAsync("/connections", "nonsense");
        await SameAsync("/nowhere", "");

        var moved = await SendAsync(HttpMethod.Head, $"/mailboxes/{bob.Grant.In}/videos/1000", bob.Ticket);
        moved.ShouldBe(302).Header("Location").ShouldNotBeNull();
        (await SendAsync(HttpMethod.Head, "/health/ready", "")).Status.ShouldBeOneOf(200, 503);
    }

    [Fact]
    public async Task HEAD_of_a_video_ignores_a_range()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        await ada.SendsAsync(1000, new byte[10]);
        var request = new HttpRequestMessage(HttpMethod.Head, await bob.AsksDownloadAsync(1000)) { Headers = { Range = new(2, 4) } };
        (await server.SendAsync(request)).ShouldBe(200).ContentHeaders.ContentLength.ShouldBe(10);
    }

    [Fact]
    public async Task HEAD_of_the_list_leaves_the_changed_bit_set()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        await bob.Phone.ListAsync();
        await ada.Phone.StepsAsync("clear", ada.Grant.ConnectionId);
        await Wait.UntilAsync(bob.PollsAsync, poll => poll.Changed.Bit);
        var head = (await SendAsync(HttpMethod.Head, "/connections", bob.Phone.Token)).ShouldBe(200);
        (await bob.PollsAsync()).Changed.Bit.ShouldBeTrue();

        await bob.Phone.ListAsync();
        (await bob.PollsAsync()).Changed.Bit.ShouldBeFalse();
        head.Header("ETag").ShouldNotBeNull();
    }

    [Theory]
    [InlineData("/registrations")]
    [InlineData("/invites")]
    public async Task HEAD_where_no_GET_is_stays_not_allowed(string path) =>
        (await SendAsync(HttpMethod.Head, path, "")).ShouldBe(405).Body.ShouldBeEmpty();

    private async Task SameAsync(string path, string token)
    {
        var get = await SendAsync(HttpMethod.Get, path, token);
        var head = (await SendAsync(HttpMethod.Head, path, token)).ShouldBe(get.Status);
        head.Body.ShouldBeEmpty();
        head.ContentType.ShouldBe(get.ContentType, path);
        if (get.ContentHeaders.ContentLength is { } length) head.ContentHeaders.ContentLength.ShouldBe(length, path);
        foreach (var name in Compared) head.Header(name).ShouldBe(get.Header(name), $"{name} of {path}");
    }

    private Task<Answer> SendAsync(HttpMethod method, string path, string token)
    {
        var request = new HttpRequestMessage(method, path);
        if (token.Length > 0) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}").ShouldBeTrue();
        return server.SendAsync(request);
    }
}
