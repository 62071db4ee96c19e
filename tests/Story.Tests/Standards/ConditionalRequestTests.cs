using Cqrs.Story.Tests.Messaging;

namespace Cqrs.Story.Tests.Standards;

/// <summary>Preconditions on reads: RFC 9110, sections 13.1.1 and 13.1.2.</summary>
public sealed class ConditionalRequestTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    public static TheoryData<string, int> IfNoneMatch => new()
    {
        { "{0}", 304 },
        { "W/{0}", 304 },
        { "\"other\", {0}", 304 },
        { "\"other\",W/{0} , \"third\"", 304 },
        { "\"with, comma\", {0}", 304 },
        { "*", 304 },
        { "\"other\"", 200 },
        { "W/\"other\", \"third\"", 200 },
        { "nonsense", 200 },
    };

    [Theory]
    [MemberData(nameof(IfNoneMatch))]
    public async Task The_list_of_connections_compares_If_None_Match_weakly(string header, int status)
    {
        var ada = await Phone.RegisteredAsync(server);
        var etag = (await ada.GetAsync("/connections", server.Seen)).ShouldBe(200).Header("ETag").ShouldNotBeNull();
        Check(await ada.GetAsync("/connections", ifNoneMatch: string.Format(header, etag)), status, etag);
    }

    [Theory]
    [MemberData(nameof(IfNoneMatch))]
    public async Task A_poll_compares_If_None_Match_weakly(string header, int status)
    {
        var ada = await Messenger.WithTicketAsync(server, await Phone.RegisteredAsync(server));

        // A bit that comes later than the list is not set, so nothing changes between the polls.
        await ada.Phone.ListAsync();
        var etag = (await ada.PollAsync()).ShouldBe(200).Header("ETag").ShouldNotBeNull();
        Check(await ada.PollAsync(string.Format(header, etag)), status, etag);
    }

    [Theory]
    [MemberData(nameof(IfNoneMatch))]
    public async Task A_video_compares_If_None_Match_weakly(string header, int status)
    {
        var url = await VideoAsync();
        var etag = (await server.GetAsync(url)).ShouldBe(200).Header("ETag").ShouldNotBeNull();
        Check(await GetAsync(url, ("If-None-Match", string.Format(header, etag))), status, etag);
    }

    [Theory]
    [InlineData("{0}", 200)]
    [InlineData("\"other\", {0}", 200)]
    [InlineData("*", 200)]
    [InlineData("W/{0}", 412)]
    [InlineData("\"other\"", 412)]
    public async Task A_video_compares_If_Match_strongly(string header, int status)
    {
        var url = await VideoAsync();
        var etag = (await server.GetAsync(url)).Header("ETag").ShouldNotBeNull();
        var answer = await GetAsync(url, ("If-Match", string.Format(header, etag)));
        if (status == 412) answer.ShouldBeProblem("precondition-failed");
        else answer.ShouldBe(status).Body.Length.ShouldBe(10);
    }

    [Fact]
    public async Task A_video_that_was_changed_after_If_Unmodified_Since_is_not_sent()
    {
        var url = await VideoAsync();
        (await GetAsync(url, ("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"))).ShouldBeProblem("precondition-failed");
        (await GetAsync(url, ("If-Unmodified-Since", "Fri, 31 Dec 2100 00:00:00 GMT"))).ShouldBe(200);
    }

    [Theory]
    [InlineData("items=0-4")]
    [InlineData("seconds=1-2")]
    [InlineData("nonsense")]
    [InlineData("bytes")]
    public async Task A_range_in_an_unknown_unit_is_ignored(string range) =>
        (await GetAsync(await VideoAsync(), ("Range", range))).ShouldBe(200).Body.Length.ShouldBe(10);

    [Fact]
    public async Task The_unit_of_a_range_is_read_in_any_case() =>
        (await GetAsync(await VideoAsync(), ("Range", "Bytes=2-4"))).ShouldBe(206).Body.Length.ShouldBe(3);

    [Theory]
    [InlineData("{0}", 206)]
    [InlineData("W/{0}", 200)]
    [InlineData("\"other\"", 200)]
    [InlineData("nonsense", 200)]
    [InlineData("*", 200)]
    [InlineData("{0}, {0}", 200)]
    [InlineData("Fri, 31 Dec 2100 00:00:00 GMT", 200)]
    [InlineData("Sat, 01 Jan 2000 00:00:00 GMT", 200)]
    public async Task If_Range_gives_a_part_only_for_the_same_strong_tag(string header, int status)
    {
        var url = await VideoAsync();
        var etag = (await server.GetAsync(url)).Header("ETag").ShouldNotBeNull();
        var answer = await GetAsync(url, ("Range", "bytes=2-4"), ("If-Range", string.Format(header, etag)));
        answer.ShouldBe(status).Body.Length.ShouldBe(status == 206 ? 3 : 10);
    }

    private static void Check(Answer answer, int status, string etag)
    {
        answer.ShouldBe(status).Header("ETag").ShouldBe(etag);
        if (status == 304) answer.Body.ShouldBeEmpty();
    }

    /// <summary>The address of a video of ten bytes.</summary>
    private async Task<string> VideoAsync()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        await ada.SendsAsync(1000, new byte[10]);
        return await bob.AsksDownloadAsync(1000);
    }

    private Task<Answer> GetAsync(string url, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        return server.SendAsync(request);
    }
}
