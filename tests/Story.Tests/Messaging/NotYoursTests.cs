using Cqrs.Domain.Mailboxes;

namespace Cqrs.Story.Tests.Messaging;

/// <summary>A phone reads and writes no mailbox that is not its own.</summary>
public sealed class NotYoursTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task A_ticket_is_good_for_its_own_mailboxes_and_each_in_its_direction()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var (eve, _) = await Messenger.ConnectedAsync(server);
        await ada.SendsAsync(1000, [1, 2, 3]);
        foreach (var mailbox in new[] { ada.Grant.Out, ada.Grant.In, eve.Grant.In, ada.Grant.Peer, "nonsense", "AAAAAAAAAAAAAAAAAAAAAA", "..", "%2e%2e" })
        {
            (await eve.WriteAsync(mailbox, new { video = 2000 })).Status.ShouldBeOneOf([403, 404, 405], mailbox);
            (await eve.AskUploadAsync(mailbox, new { video = 2000, contentType = "video/mp4", length = 3 })).Status.ShouldBeOneOf([403, 404], mailbox);
        }

        foreach (var mailbox in new[] { ada.Grant.Out, ada.Grant.In, eve.Grant.Out, "nonsense", "AAAAAAAAAAAAAAAAAAAAAA" })
            (await eve.AskDownloadAsync(mailbox, 1000)).ShouldBeProblem("not-yours");
        (await bob.AskDownloadAsync(ada.Grant.Out, 1000)).ShouldBe(302);
        (await bob.PollsAsync()).In.ShouldHaveSingleItem().Video.ShouldBe(1000);
        (await eve.PollsAsync()).In.ShouldHaveSingleItem().Video.ShouldBeNull();
    }

    [Fact]
    public async Task Without_a_ticket_there_is_nothing()
    {
        var (ada, _) = await Messenger.ConnectedAsync(server);
        var mine = ada.Ticket;
        foreach (var token in new[] { "", "nonsense", ada.Phone.Token, mine[..^1], mine + "A", mine.ToUpperInvariant() })
        {
            ada.Ticket = token;
            (await ada.PollAsync()).ShouldBeProblem("unauthorized");
            (await ada.WriteAsync(ada.Grant.Out, new { video = 1000 })).ShouldBeProblem("unauthorized");
            (await ada.AskUploadAsync(ada.Grant.Out, new { video = 1000, contentType = "video/mp4", length = 3 })).ShouldBeProblem("unauthorized");
            (await ada.AskDownloadAsync(ada.Grant.In, 1000)).ShouldBeProblem("unauthorized");
        }
    }

    [Fact]
    public async Task A_ticket_that_has_run_out_is_told_apart_and_opens_nothing()
    {
        await using var own = await StoryServer.StartAsync();
        var (ada, _) = await Messenger.ConnectedAsync(own);
        own.Clock.Advance(TimeSpan.FromHours(1));
        (await ada.PollAsync()).ShouldBeProblem("ticket-expired");
        (await ada.WriteAsync(ada.Grant.Out, new { video = 1000 })).ShouldBeProblem("ticket-expired");
        (await ada.AskUploadAsync(ada.Grant.Out, new { video = 1000, contentType = "video/mp4", length = 3 })).ShouldBeProblem("ticket-expired");
        (await ada.AskDownloadAsync(ada.Grant.In, 1000)).ShouldBeProblem("ticket-expired");
    }

    [Fact]
    public async Task After_the_connection_is_cleared_the_mailboxes_close_at_the_latest_with_the_ticket()
    {
        await using var own = await StoryServer.StartAsync();
        var (ada, bob) = await Messenger.ConnectedAsync(own);
        await ada.SendsAsync(1000, [1, 2, 3]);
        var grant = ada.Grant;
        await ada.Phone.StepsAsync("clear", grant.ConnectionId);

        var fresh = await Messenger.WithTicketAsync(own, bob.Phone);
        fresh.Grants.ShouldBeEmpty();
        (await fresh.AskDownloadAsync(grant.Out, 1000)).ShouldBeProblem("not-yours");
        (await fresh.WriteAsync(grant.In, new { video = 1000 })).ShouldBeProblem("not-yours");

        own.Clock.Advance(TimeSpan.FromHours(1));
        (await bob.AskDownloadAsync(grant.Out, 1000)).ShouldBeProblem("ticket-expired");
        (await ada.WriteAsync(grant.Out, new { video = 2000 })).ShouldBeProblem("ticket-expired");
        (await ada.VendsAsync()).ShouldBe(200);
        (await ada.WriteAsync(grant.Out, new { video = 2000 })).ShouldBeProblem("not-yours");
    }

    [Fact]
    public async Task A_common_friend_cannot_compute_the_name_of_the_mailbox_between_two_others()
    {
        var people = new List<Phone>();
        foreach (var name in new[] { "Ada", "Bob", "Eve" }) people.Add(await Phone.RegisteredAsync(server, name));
        var (ada, bob, eve) = (people[0], people[1], people[2]);
        await bob.StepsAsync("accept", await ada.InvitesAsync(bob));
        await eve.StepsAsync("accept", await ada.InvitesAsync(eve));
        await eve.StepsAsync("accept", await bob.InvitesAsync(eve));

        var theirs = (await Messenger.WithTicketAsync(server, ada)).Grants.Single(grant => grant.Peer == bob.MailboxKey.UserKey.ToString());
        var secrets = new[] { MailboxNameOf(theirs.Out), MailboxNameOf(theirs.In) };

        // All that Eve has: her key, her entries with the halves of the others, her grants; and, as a friend may well
        // know them, the ids of everybody and of the connection between the two.
        var entries = (await eve.ListAsync()).Connections;
        var connections = entries.Select(entry => new Domain.Identity.ConnectionId(entry.ConnectionId)).Append(new(theirs.ConnectionId)).ToList();
        var halves = entries.Select(entry => HalfOf(entry.Peer!.Half)).Concat(connections.Select(eve.MailboxKey.HalfFor)).ToList();
        var keys = new List<MailboxKey> { eve.MailboxKey };
        keys.AddRange(halves.Select(half => MailboxKey.Read(half.Bytes)));
        halves.AddRange(keys.SelectMany(key => connections.Select(key.HalfFor)).ToList());
        var computed = halves.SelectMany(_ => halves, MailboxName.From).ToHashSet();

        computed.ShouldContain(MailboxNameOf((await Messenger.WithTicketAsync(server, eve)).Grants[0].Out), "else this computes nothing");
        computed.ShouldNotContain(secrets[0]);
        computed.ShouldNotContain(secrets[1]);
    }

    [Fact]
    public async Task Forged_tickets_are_refused_over_http_too()
    {
        var (ada, _) = await Messenger.ConnectedAsync(server);
        var (mine, random) = (ada.Ticket, new Random(1));
        for (var i = 0; i < 500; i++)
        {
            var at = random.Next(mine.Length);
            ada.Ticket = mine[..at] + (mine[at] == 'A' ? 'B' : 'A') + mine[(at + 1)..];
            (await ada.PollAsync()).ShouldBeProblem("unauthorized");
        }

    }

    private static MailboxName MailboxNameOf(string text) => MailboxName.TryParse(text, out var name) ? name : throw new ArgumentException("No name.", nameof(text));

    private static MailboxHalf HalfOf(string text) => MailboxHalf.TryParse(text.AsSpan(), out var half) ? half : throw new ArgumentException("No name.", nameof(text));
}
