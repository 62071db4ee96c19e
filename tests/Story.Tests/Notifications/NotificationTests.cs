namespace Cqrs.Story.Tests.Notifications;

public sealed class NotificationTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Theory]
    [InlineData("new-video", "You have a new video.")]
    [InlineData("video-status", "There is news of a video that you sent.")]
    public async Task A_phone_tells_a_peer_and_says_what_it_likes(string kind, string text)
    {
        var (ann, bob) = (TicketHolder.Of(server), TicketHolder.Of(server));
        var phone = await bob.HasDeviceAsync();

        (await ann.NotifyAsync(bob, kind, new { video = "1767225600000", note = "grüße 🙂" })).ShouldBe(202).Body.ShouldBeEmpty();

        var push = (await server.PushesToAsync(phone, 1)).ShouldHaveSingleItem();
        push.Text.ShouldBe(text);
        push.Data.ShouldBe(
            new Dictionary<string, string>
            {
                ["kind"] = kind,
                ["sender"] = ann.UserKey.ToString(),
                ["video"] = "1767225600000",
                ["note"] = "grüße 🙂",
            },
            ignoreOrder: true);
    }

    [Fact]
    public async Task Somebody_without_a_device_is_told_nothing_and_nobody_minds()
    {
        var (ann, bob) = (TicketHolder.Of(server), TicketHolder.Of(server));
        (await ann.NotifyAsync(bob)).ShouldBe(202);
    }

    [Fact]
    public async Task Only_peers_of_the_ticket_are_told()
    {
        var (ann, bob, cid) = (TicketHolder.Of(server), TicketHolder.Of(server), TicketHolder.Of(server));
        foreach (var stranger in new[] { cid, ann })
        {
            var body = new { to = stranger.UserKey.ToString(), kind = "new-video" };
            (await ann.SendAsync(HttpMethod.Post, "/notifications", body, ann.Ticket(bob))).ShouldBeProblem("not-yours");
        }
    }

    [Theory]
    [InlineData("invited")]
    [InlineData("accepted")]
    [InlineData("rejected")]
    [InlineData("joined")]
    [InlineData("New-Video")]
    [InlineData("")]
    public async Task Kinds_that_are_not_a_phones_to_send_are_refused(string kind)
    {
        var (ann, bob) = (TicketHolder.Of(server), TicketHolder.Of(server));
        (await ann.NotifyAsync(bob, kind)).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe("kind");
    }

    [Theory]
    [InlineData("to", """{"kind":"new-video"}""")]
    [InlineData("to", """{"to":"somebody","kind":"new-video"}""")]
    [InlineData("to", """{"to":7,"kind":"new-video"}""")]
    [InlineData("kind", """{"to":"UlKUHo-NQqkoSAZ8zjn6oQ"}""")]
    [InlineData("data", """{"to":"UlKUHo-NQqkoSAZ8zjn6oQ","kind":"new-video","data":[]}""")]
    [InlineData("data.a", """{"to":"UlKUHo-NQqkoSAZ8zjn6oQ","kind":"new-video","data":{"a":null}}""")]
    [InlineData("data", """{"to":"UlKUHo-NQqkoSAZ8zjn6oQ","kind":"new-video","data":{"":"x"}}""")]
    [InlineData("data", """{"to":"UlKUHo-NQqkoSAZ8zjn6oQ","kind":"new-video","data":{"two words":"x"}}""")]
    [InlineData("data.kind", """{"to":"UlKUHo-NQqkoSAZ8zjn6oQ","kind":"new-video","data":{"kind":"x"}}""")]
    [InlineData("data.Sender", """{"to":"UlKUHo-NQqkoSAZ8zjn6oQ","kind":"new-video","data":{"Sender":"x"}}""")]
    [InlineData("data.google-id", """{"to":"UlKUHo-NQqkoSAZ8zjn6oQ","kind":"new-video","data":{"google-id":"x"}}""")]
    [InlineData("data", """{"to":"UlKUHo-NQqkoSAZ8zjn6oQ","kind":"new-video","data":{"1":"","2":"","3":"","4":"","5":"","6":"","7":"","8":"","9":""}}""")]
    public async Task Bad_input_names_the_field(string field, string body)
    {
        var answer = await TicketHolder.Of(server).SendAsync(HttpMethod.Post, "/notifications", new StringContent(body));
        answer.ShouldBeProblem("invalid-request", "field").String("field").ShouldBe(field);
    }

    [Fact]
    public async Task Data_may_have_a_kibibyte_and_not_a_byte_more()
    {
        var (ann, bob) = (TicketHolder.Of(server), TicketHolder.Of(server));
        (await ann.NotifyAsync(bob, data: new { note = new string('x', 1020) })).ShouldBe(202);
        (await ann.NotifyAsync(bob, data: new { note = new string('x', 1021) })).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe("data");
        (await ann.NotifyAsync(bob, data: new { note = new string('ü', 511) })).ShouldBeProblem("invalid-request", "field");
    }

    [Fact]
    public async Task With_a_key_it_is_told_once_however_often_it_is_sent()
    {
        await using var other = await StoryServer.StartAsync();
        var (ann, bob) = (TicketHolder.Of(other), TicketHolder.Of(other));
        var phone = await bob.HasDeviceAsync();
        (await ann.NotifyAsync(bob, "new-video", key: "k")).ShouldBe(202);
        (await other.PushesToAsync(phone, 1)).ShouldHaveSingleItem();

        (await ann.NotifyAsync(bob, "new-video", key: "k")).ShouldBe(202).Body.ShouldBeEmpty();
        await other.RestartAsync();
        (await ann.NotifyAsync(bob, "new-video", key: "k")).ShouldBe(202);
        (await ann.NotifyAsync(bob, "video-status", key: "k")).ShouldBeProblem("idempotency-key-reused");
        (await ann.NotifyAsync(bob, "video-status", key: "another")).ShouldBe(202);

        (await other.PushesToAsync(phone, 2)).Select(push => push.Data!["kind"]).ShouldBe(["new-video", "video-status"]);
    }
}
