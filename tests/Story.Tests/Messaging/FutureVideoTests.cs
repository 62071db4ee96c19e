namespace Cqrs.Story.Tests.Messaging;

/// <summary>A phone whose clock is wrong does not block a mailbox: nothing older would be taken after it.</summary>
public sealed class FutureVideoTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Theory]
    [InlineData(25)]
    [InlineData(24 * 365 * 100)]
    public async Task A_video_more_than_a_day_ahead_is_refused_everywhere(int hours)
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var video = At(TimeSpan.FromHours(hours));
        Refused(await ada.WriteAsync(ada.Grant.Out, new { video }), "video");
        Refused(await ada.WriteAsync(ada.Grant.Out, new { seen = new { video, status = "viewed" } }), "seen.video");
        Refused(await ada.WriteAsync(ada.Grant.Out, new { video = 1000, seen = new { video, status = "viewed" } }), "seen.video");
        Refused(await ada.AskUploadAsync(ada.Grant.Out, new { video, contentType = "video/mp4", length = 3 }), "video");
        (await bob.PollsAsync()).In.ShouldHaveSingleItem().ShouldBe(new(bob.Grant.In, Video: null, Seen: null));

        (await ada.WriteAsync(ada.Grant.Out, new { video = At(TimeSpan.Zero) })).ShouldBe(204);
    }

    [Fact]
    public async Task A_clock_that_is_some_hours_fast_is_put_up_with()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var video = At(TimeSpan.FromHours(23));
        await ada.SendsAsync(video, [1, 2, 3]);
        (await bob.WriteAsync(bob.Grant.Out, new { seen = new { video, status = "viewed" } })).ShouldBe(204);
        (await bob.PollsAsync()).In.ShouldHaveSingleItem().Video.ShouldBe(video);
    }

    [Fact]
    public async Task The_servers_clock_decides()
    {
        await using var own = await StoryServer.StartAsync();
        var (ada, _) = await Messenger.ConnectedAsync(own);
        var video = own.Clock.GetUtcNow().AddHours(30).ToUnixTimeMilliseconds();
        Refused(await ada.WriteAsync(ada.Grant.Out, new { video }), "video");
        own.Clock.Advance(TimeSpan.FromHours(7));
        await ada.VendsAsync();
        (await ada.WriteAsync(ada.Grant.Out, new { video })).ShouldBe(204);
    }

    private long At(TimeSpan ahead) => (server.Clock.GetUtcNow() + ahead).ToUnixTimeMilliseconds();

    private static void Refused(Answer answer, string field) =>
        answer.ShouldBeProblem("invalid-request", "field").String("field").ShouldBe(field);
}
