using Cqrs.Story.Tests.Messaging;

namespace Cqrs.Story.Tests.Standards;

/// <summary>Bearer tokens: RFC 6750, and the syntax of credentials of RFC 9110, section 11.4.</summary>
public sealed class BearerTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Theory]
    [InlineData("GET", "/me")]
    [InlineData("GET", "/connections")]
    [InlineData("HEAD", "/connections")]
    [InlineData("POST", "/invites")]
    [InlineData("DELETE", "/me")]
    [InlineData("POST", "/vending")]
    [InlineData("GET", "/mailboxes")]
    [InlineData("PUT", "/devices/ios")]
    public async Task Without_a_token_the_challenge_names_the_scheme_alone(string method, string path)
    {
        foreach (var authorization in new[] { "", "Basic YTpi" })
            (await SendAsync(method, path, authorization)).ShouldBe(401).Header("WWW-Authenticate").ShouldBe("Bearer realm=\"connections\"");
    }

    [Theory]
    [InlineData("GET", "/me")]
    [InlineData("POST", "/invites")]
    [InlineData("GET", "/mailboxes")]
    public async Task A_token_that_is_not_good_is_called_invalid(string method, string path)
    {
        var challenge = (await SendAsync(method, path, "Bearer nonsense")).ShouldBe(401).Header("WWW-Authenticate").ShouldNotBeNull();
        challenge.ShouldStartWith("Bearer realm=\"connections\", error=\"invalid_token\", error_description=\"");
        challenge.ShouldMatch("""\A[\x20-\x7E]+\z""");
    }

    [Fact]
    public async Task A_token_that_was_revoked_and_a_ticket_that_has_run_out_are_called_invalid()
    {
        await using var own = await StoryServer.StartAsync();
        var ada = await Messenger.WithTicketAsync(own, await Phone.RegisteredAsync(own));
        (await ada.Phone.PostAsync("/me/tokens/revoke")).ShouldBe(204);
        (await ada.Phone.GetAsync("/me", own.Seen)).ShouldBeProblem("unauthorized").Header("WWW-Authenticate")!.ShouldContain("error=\"invalid_token\"");
        own.Clock.Advance(TimeSpan.FromHours(1));
        (await ada.PollAsync()).ShouldBeProblem("ticket-expired").Header("WWW-Authenticate")!.ShouldContain("error=\"invalid_token\"");
    }

    [Fact]
    public async Task No_other_answer_carries_a_challenge()
    {
        var ada = await Phone.RegisteredAsync(server);
        (await ada.GetAsync("/me", server.Seen)).ShouldBe(200).Header("WWW-Authenticate").ShouldBeNull();
        (await server.GetAsync("/nowhere")).ShouldBe(404).Header("WWW-Authenticate").ShouldBeNull();
    }

    [Theory]
    [InlineData("Bearer  {0}")]
    [InlineData("bearer     {0}")]
    [InlineData("BEARER {0}")]
    public async Task The_scheme_is_read_in_any_case_and_more_than_one_space_may_follow(string authorization)
    {
        var ada = await Messenger.WithTicketAsync(server, await Phone.RegisteredAsync(server));
        (await SendAsync("GET", "/me", string.Format(authorization, ada.Phone.Token), server.Seen)).ShouldBe(200);
        (await SendAsync("GET", "/mailboxes", string.Format(authorization, ada.Ticket))).ShouldBe(200);
    }

    [Theory]
    [InlineData("Bearer{0}")]
    [InlineData("Bearer {0} {0}")]
    [InlineData("Bearer")]
    [InlineData("Bearers {0}")]
    [InlineData("{0}")]
    public async Task What_is_no_bearer_token_is_refused(string authorization)
    {
        var ada = await Phone.RegisteredAsync(server);
        (await SendAsync("GET", "/me", string.Format(authorization, ada.Token), server.Seen)).ShouldBeProblem("unauthorized");
    }

    private Task<Answer> SendAsync(string method, string path, string authorization, long? atLeast = null)
    {
        var request = new HttpRequestMessage(new(method), path);
        if (authorization.Length > 0) request.Headers.TryAddWithoutValidation("Authorization", authorization).ShouldBeTrue();
        if (atLeast is { } position) request.Headers.Add("Cqrs-Min-Position", $"{position}");
        return server.SendAsync(request);
    }
}
