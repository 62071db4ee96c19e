namespace Cqrs.Story.Tests.Contract;

public sealed class QueryPositionTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Theory]
    [InlineData("/me")]
    [InlineData("/connections")]
    public async Task A_query_sees_what_the_command_before_it_wrote(string path)
    {
        var ada = await Phone.RegisteredAsync(server);
        var invited = (await ada.InviteAsync(Phone.Of(server))).ShouldBe(201);
        var answer = (await ada.GetAsync(path, invited.Position)).ShouldBe(200);
        answer.Position.ShouldBeGreaterThanOrEqualTo(invited.Position);
        answer.Json.GetProperty("squares").GetProperty("used").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999999")]
    [InlineData("")]
    public async Task A_position_that_is_no_number_is_refused(string position)
    {
        var ada = await Phone.RegisteredAsync(server);
        foreach (var path in new[] { "/me", "/connections" })
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Authorization", $"Bearer {ada.Token}");
            request.Headers.TryAddWithoutValidation("Cqrs-Min-Position", position).ShouldBeTrue();
            (await server.SendAsync(request)).ShouldBeProblem("invalid-request");
        }
    }

    [Fact]
    public async Task A_position_of_the_far_future_is_waited_for_only_so_long()
    {
        await using var hasty = await StoryServer.StartAsync();
        var ada = await Phone.RegisteredAsync(hasty);
        hasty.Clock.Haste = 50;
        foreach (var path in new[] { "/me", "/connections" })
            (await ada.GetAsync(path, long.MaxValue)).ShouldBeProblem("not-caught-up").Header("Retry-After").ShouldBe("1");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic YWRhOnB3")]
    [InlineData("Bearer nonsense")]
    public async Task Without_a_token_nothing_is_answered(string? header)
    {
        foreach (var (method, path) in Routes())
        {
            var request = new HttpRequestMessage(method, path);
            if (header is not null) request.Headers.TryAddWithoutValidation("Authorization", header).ShouldBeTrue();
            (await server.SendAsync(request)).ShouldBeProblem("unauthorized");
        }
    }

    [Fact]
    public async Task A_token_with_any_character_changed_is_worth_nothing()
    {
        var ada = await Phone.RegisteredAsync(server);
        var (token, head) = (ada.Token, await server.HeadAsync());
        foreach (var place in Enumerable.Range(0, token.Length).Where(place => place % 8 == 0).Append(token.Length - 1))
        {
            var changed = token[..place] + (token[place] == 'A' ? 'B' : 'A') + token[(place + 1)..];
            (await ada.PostAsync("/invites", new { firstName = "Bob", lastName = "", phone = Phone.NewNumber() }, token: changed))
                .ShouldBeProblem("unauthorized");
        }

        foreach (var changed in new[] { token + "A", token[..^1], token + "=", token.ToUpperInvariant() })
            (await ada.PostAsync("/me/tokens/revoke", token: changed)).ShouldBeProblem("unauthorized");
        (await server.HeadAsync()).ShouldBe(head);
        (await ada.GetAsync("/me")).ShouldBe(200);
    }

    private static (HttpMethod Method, string Path)[] Routes() =>
    [
        (HttpMethod.Get, "/me"), (HttpMethod.Get, "/connections"), (HttpMethod.Delete, "/me"), (HttpMethod.Post, "/me/tokens/revoke"),
        (HttpMethod.Post, "/invites"), (HttpMethod.Post, $"/connections/{Guid.NewGuid()}/accept"),
    ];
}
