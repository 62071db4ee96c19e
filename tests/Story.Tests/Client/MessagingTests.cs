using System.Security.Cryptography;
using Cqrs.Client.Http;
using Cqrs.Client.Messaging;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Story.Tests.Client;

/// <summary>Mailboxes and videos through the client, at the real server.</summary>
public sealed class MessagingTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const long Video = 1_700_000_000_000;

    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task What_one_phone_computes_the_other_computes_the_other_way_round()
    {
        var (ada, bob, connection) = await App.PairAsync(server);
        var (adas, bobs) = ((await ada.TicketAsync()).Channels.Single(), (await bob.TicketAsync()).Channels.Single());
        adas.ShouldBe(new Channel(connection, bobs.In, bobs.Out, bob.Credentials.MailboxKey.UserKey));
        bobs.Peer.ShouldBe(ada.Credentials.MailboxKey.UserKey);
        var (half, other) = (ada.Credentials.MailboxKey.HalfFor(connection), bob.Credentials.MailboxKey.HalfFor(connection));
        adas.Out.ShouldBe(MailboxName.From(half, other));
    }

    [Fact]
    public async Task A_video_is_sent_received_and_watched()
    {
        var (ada, bob, connection) = await App.PairAsync(server);
        (await bob.Mailboxes.PollAsync()).In.ShouldBe([new Incoming(connection, null, null)]);

        var sent = RandomNumberGenerator.GetBytes(300_000);
        using var content = new MemoryStream(sent);
        await ada.Videos.UploadAsync(connection, Video, content, "video/mp4");
        await ada.Mailboxes.AnnounceAsync(connection, Video);
        (await bob.Mailboxes.PollAsync()).In.ShouldBe([new Incoming(connection, Video, null)]);

        using var whole = new MemoryStream();
        (await bob.Videos.DownloadAsync(connection, Video, whole)).ShouldBe(sent.Length);
        whole.ToArray().ShouldBe(sent);
        using var rest = new MemoryStream();
        (await bob.Videos.DownloadAsync(connection, Video, rest, from: 123_456)).ShouldBe(sent.Length);
        rest.ToArray().ShouldBe(sent[123_456..]);
        (await bob.Videos.DownloadAsync(connection, Video, rest, from: sent.Length)).ShouldBe(sent.Length);

        foreach (var status in new[] { VideoStatus.Downloaded, VideoStatus.Viewed })
        {
            await bob.Mailboxes.ReportAsync(connection, Video, status);
            (await ada.Mailboxes.PollAsync()).In.ShouldBe([new Incoming(connection, null, new(Video, status))]);
        }
    }

    [Fact]
    public async Task A_poll_says_that_the_list_has_changed_until_the_app_has_it()
    {
        var (ada, bob) = (await App.RegisteredAsync(server, "Ada", "Lovelace"), await App.RegisteredAsync(server, "Bob", "Babbage"));
        await ada.Connections.ListAsync();
        var invite = await bob.Connections.InviteAsync("Ada", "", (await ada.MeAsync()).Phone);
        var poll = await Wait.UntilAsync(() => ada.Mailboxes.PollAsync(), poll => poll.ConnectionsChanged);
        poll.In.ShouldBeEmpty();
        var list = await ada.Connections.ListAsync();
        list.Version.ShouldBeGreaterThanOrEqualTo(poll.Version);
        list.Connections.ShouldHaveSingleItem().State.ShouldBe(ConnectionView.Invited);
        (await Wait.UntilAsync(() => ada.Mailboxes.PollAsync(), poll => !poll.ConnectionsChanged)).Version.ShouldBeLessThanOrEqualTo(list.Version);
        list.Connections[0].ConnectionId.ShouldBe(invite.ConnectionId);
    }

    [Fact]
    public async Task A_connection_that_is_newer_than_the_ticket_needs_no_care_of_the_app()
    {
        var (ada, bob) = (await App.RegisteredAsync(server, "Ada", "Lovelace"), await App.RegisteredAsync(server, "Bob", "Babbage"));
        (await ada.TicketAsync()).Channels.ShouldBeEmpty();
        var invite = await ada.Connections.InviteAsync("Bob", "", (await bob.MeAsync()).Phone);
        (await Should.ThrowAsync<ApiException>(() => ada.Mailboxes.AnnounceAsync(invite.ConnectionId, Video))).Code.ShouldBe("not-yours");
        await bob.Connections.AcceptAsync(invite.ConnectionId);
        await ada.Mailboxes.AnnounceAsync(invite.ConnectionId, Video);
        (await bob.Mailboxes.PollAsync()).In.ShouldBe([new Incoming(invite.ConnectionId, Video, null)]);
    }

    [Fact]
    public async Task A_ticket_that_ran_out_is_exchanged()
    {
        await using var later = await StoryServer.StartAsync();
        var (ada, _, connection) = await App.PairAsync(later);
        var first = await ada.TicketAsync();
        later.Clock.Advance(TimeSpan.FromHours(2));
        await ada.Mailboxes.AnnounceAsync(connection, Video);
        (await ada.TicketAsync()).ExpiresAt.ShouldBeGreaterThan(first.ExpiresAt);
    }

    [Fact]
    public async Task Nothing_goes_back_in_time_and_what_is_not_there_is_told()
    {
        var (ada, bob, connection) = await App.PairAsync(server);
        await ada.Mailboxes.AnnounceAsync(connection, Video);
        (await Should.ThrowAsync<ApiException>(() => ada.Mailboxes.AnnounceAsync(connection, Video - 1))).Code.ShouldBe("older-video");
        await ada.Mailboxes.AnnounceAsync(connection, Video);
        (await Should.ThrowAsync<ApiException>(() => bob.Videos.DownloadAsync(connection, Video, Stream.Null))).Code.ShouldBe("unknown-video");
    }
}
