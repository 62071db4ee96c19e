using Cqrs.Client.Http;
using Cqrs.Client.Notifications;

namespace Cqrs.Story.Tests.Client;

/// <summary>Pushes through the client, at the real server; what would go to a push service lies in the outbox.</summary>
public sealed class NotificationTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task A_phone_is_reached_where_it_says_until_it_says_no_more()
    {
        var (ada, bob, connection) = await App.PairAsync(server);
        var (token, other) = ($"device-{Guid.NewGuid():N}", $"device-{Guid.NewGuid():N}");
        await bob.Notifications.SetDeviceAsync(Platform.Ios, token);
        await ada.Notifications.NotifyAsync(connection, NotificationKinds.NewVideo, new Dictionary<string, string> { ["video"] = "1800000000000" });
        var push = (await PushesAsync(token, NotificationKinds.NewVideo)).ShouldHaveSingleItem();
        (push.Channel, push.Data!["video"]).ShouldBe(("push", "1800000000000"));

        await bob.Notifications.ForgetDeviceAsync(Platform.Ios);
        await bob.Notifications.SetDeviceAsync(Platform.Android, other);
        await ada.Notifications.NotifyAsync(connection, NotificationKinds.VideoStatus);
        (await PushesAsync(other, NotificationKinds.VideoStatus)).ShouldHaveSingleItem();
        (await server.OutboxAsync()).ShouldNotContain(message => message.To == token && message.Data!["kind"] == NotificationKinds.VideoStatus);
    }

    [Fact]
    public async Task Kinds_that_phones_do_not_send_are_refused()
    {
        var (ada, _, connection) = await App.PairAsync(server);
        var refused = await Should.ThrowAsync<ApiException>(() => ada.Notifications.NotifyAsync(connection, "accepted"));
        (refused.Code, refused.Field).ShouldBe(("invalid-request", "kind"));
    }

    // Others may have come, too: of the invite, when the phone was quick to say where it is reached.
    private Task<IReadOnlyList<OutboxEntry>> PushesAsync(string token, string kind) => Wait.UntilAsync<IReadOnlyList<OutboxEntry>>(
        async () => [.. (await server.OutboxAsync()).Where(message => message.To == token && message.Data!["kind"] == kind)],
        pushes => pushes.Count > 0);
}
