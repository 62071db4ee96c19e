namespace Cqrs.Story.Tests.Codes;

public sealed class LimitTests
{
    [Fact]
    public async Task A_number_gets_so_many_codes_a_day()
    {
        await using var server = await StoryServer.StartAsync("--Limits:Enabled=true", "--Limits:PerNumber=2");
        var ada = Phone.Of(server);
        foreach (var _ in Enumerable.Range(0, 2)) (await ada.AskAsync()).ShouldBe(202);
        var refused = (await ada.AskAsync()).ShouldBeProblem("rate-limited", "retryAt");
        int.Parse(refused.Header("Retry-After")!).ShouldBeInRange(86_300, 86_400);

        (await Phone.Of(server).AskAsync()).ShouldBe(202);
        server.Clock.Advance(TimeSpan.FromDays(1));
        (await ada.AskAsync()).ShouldBe(202);
    }

    [Fact]
    public async Task An_address_gets_so_many_codes_an_hour()
    {
        await using var server = await StoryServer.StartAsync("--Limits:Enabled=true", "--Limits:PerAddress=3");
        var ada = Phone.Of(server);
        foreach (var phone in new[] { ada, Phone.Of(server), Phone.Of(server) }) (await phone.AskAsync()).ShouldBe(202);
        var head = await server.HeadAsync();

        foreach (var refused in new[] { await Phone.Of(server).AskAsync(), await ada.ResendAsync() })
            int.Parse(refused.ShouldBeProblem("rate-limited", "retryAt").Header("Retry-After")!).ShouldBeInRange(1, 3600);
        (await server.HeadAsync()).ShouldBe(head);
    }

    [Fact]
    public async Task The_whole_server_sends_so_many_codes_an_hour()
    {
        await using var server = await StoryServer.StartAsync("--Limits:Enabled=true", "--Limits:Server=1");
        (await Phone.Of(server).AskAsync()).ShouldBe(202);
        (await Phone.Of(server).AskAsync()).ShouldBeProblem("rate-limited", "retryAt");
    }

    [Fact]
    public async Task A_user_sends_so_many_invites_an_hour()
    {
        await using var server = await StoryServer.StartAsync("--Limits:Enabled=true", "--Limits:PerUser=2");
        var ada = await Phone.RegisteredAsync(server);
        foreach (var _ in Enumerable.Range(0, 2)) await ada.InvitesAsync(Phone.Of(server));
        (await ada.InviteAsync(Phone.Of(server))).ShouldBeProblem("rate-limited", "retryAt");
        await (await Phone.RegisteredAsync(server)).InvitesAsync(ada);
    }

    [Fact]
    public async Task Only_the_countries_that_are_listed_are_served()
    {
        await using var server = await StoryServer.StartAsync("--Limits:Countries=49,+44");
        (await Phone.Of(server).AskAsync()).ShouldBe(202);
        var head = await server.HeadAsync();
        var american = new Phone(server, "+12125550123", "Ada", "");
        (await american.AskAsync()).ShouldBeProblem("country-not-allowed");
        (await server.HeadAsync()).ShouldBe(head);
        (await new Phone(server, "+447400123456", "Ada", "").AskAsync()).ShouldBe(202);
    }
}
