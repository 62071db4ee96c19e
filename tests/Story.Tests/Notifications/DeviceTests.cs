namespace Cqrs.Story.Tests.Notifications;

public sealed class DeviceTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task A_push_goes_to_each_device()
    {
        var (ann, bob) = (TicketHolder.Of(server), TicketHolder.Of(server));
        var (ios, android) = (await bob.HasDeviceAsync("ios"), await bob.HasDeviceAsync("android"));

        (await ann.NotifyAsync(bob)).ShouldBe(202);

        (await server.PushesToAsync(ios, 1)).ShouldHaveSingleItem();
        (await server.PushesToAsync(android, 1)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_new_token_takes_the_place_of_the_one_before()
    {
        var (ann, bob) = (TicketHolder.Of(server), TicketHolder.Of(server));
        var (before, now) = (await bob.HasDeviceAsync(), await bob.HasDeviceAsync());
        await bob.HasDeviceAsync(token: now);

        (await ann.NotifyAsync(bob)).ShouldBe(202);

        (await server.PushesToAsync(now, 1)).ShouldHaveSingleItem();
        (await server.PushesToAsync(before)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_device_that_is_removed_is_reached_no_more()
    {
        var (ann, bob) = (TicketHolder.Of(server), TicketHolder.Of(server));
        var (ios, android) = (await bob.HasDeviceAsync("ios"), await bob.HasDeviceAsync("android"));

        (await bob.SendAsync(HttpMethod.Delete, "/devices/ios")).ShouldBe(204);
        (await bob.SendAsync(HttpMethod.Delete, "/devices/ios")).ShouldBe(204);
        (await ann.NotifyAsync(bob)).ShouldBe(202);

        (await server.PushesToAsync(android, 1)).ShouldHaveSingleItem();
        (await server.PushesToAsync(ios)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_phone_that_changes_hands_is_its_former_owners_no_more()
    {
        var (ann, bob, cid) = (TicketHolder.Of(server), TicketHolder.Of(server), TicketHolder.Of(server));
        var phone = await bob.HasDeviceAsync();
        await cid.HasDeviceAsync(token: phone);

        (await ann.NotifyAsync(bob, "new-video")).ShouldBe(202);
        (await ann.NotifyAsync(cid, "video-status")).ShouldBe(202);

        (await server.PushesToAsync(phone, 1)).ShouldHaveSingleItem().Data!["kind"].ShouldBe("video-status");
    }

    [Theory]
    [InlineData("windows")]
    [InlineData("IOS")]
    [InlineData("%20ios")]
    public async Task A_platform_that_there_is_not_is_named(string platform)
    {
        var ann = TicketHolder.Of(server);
        (await ann.SendAsync(HttpMethod.Put, $"/devices/{platform}", new { token = "t" })).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe("platform");
        (await ann.SendAsync(HttpMethod.Delete, $"/devices/{platform}")).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe("platform");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"token":null}""")]
    [InlineData("""{"token":""}""")]
    [InlineData("""{"token":7}""")]
    [InlineData("""{"token":"two words"}""")]
    [InlineData("""{"token":"schlüssel"}""")]
    [InlineData("""{"token":"line\nbreak"}""")]
    public async Task A_token_that_can_be_none_is_refused(string body)
    {
        var answer = await TicketHolder.Of(server).SendAsync(HttpMethod.Put, "/devices/ios", new StringContent(body));
        answer.ShouldBeProblem("invalid-request", "field").String("field").ShouldBe("token");
    }

    [Fact]
    public async Task The_longest_token_is_taken_and_a_longer_one_is_not()
    {
        var ann = TicketHolder.Of(server);
        await ann.HasDeviceAsync(token: new string('t', 4096));
        (await ann.SendAsync(HttpMethod.Put, "/devices/ios", new { token = new string('t', 4097) })).ShouldBeProblem("invalid-request", "field");
    }

    [Fact]
    public async Task Only_a_ticket_opens_the_way()
    {
        var ann = TicketHolder.Of(server);
        var phone = await Phone.RegisteredAsync(server);
        var expired = ann.Ticket(TimeSpan.FromSeconds(-1));
        foreach (var (method, path) in new[] { (HttpMethod.Put, "/devices/ios"), (HttpMethod.Delete, "/devices/ios"), (HttpMethod.Post, "/notifications") })
        {
            (await ann.SendAsync(method, path, new { token = "t" }, expired)).ShouldBeProblem("ticket-expired");
            foreach (var wrong in new[] { "", "nonsense", phone.Token, ann.Ticket()[..^1] })
                (await ann.SendAsync(method, path, new { token = "t" }, wrong)).ShouldBeProblem("unauthorized");
        }
    }

    [Fact]
    public async Task Devices_and_pushes_survive_a_restart()
    {
        await using var other = await StoryServer.StartAsync();
        var (ann, bob) = (TicketHolder.Of(other), TicketHolder.Of(other));
        var phone = await bob.HasDeviceAsync();

        await other.RestartAsync();
        (await ann.NotifyAsync(bob)).ShouldBe(202);

        (await other.PushesToAsync(phone, 1)).ShouldHaveSingleItem();
    }
}
