using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;

namespace Cqrs.Story.Tests.Messaging;

public sealed class VendingTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string NewKey = "7:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA";
    private const string OldKey = "3:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task A_ticket_names_the_mailboxes_that_both_phones_compute_themselves()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var answer = await ada.VendsAsync();
        answer.Fields().ShouldBe("ticket expiresAt grants");
        Answer.FieldsOf(answer.Json.GetProperty("grants")[0]).ShouldBe("connectionId out in peer");
        answer.As<Vended>().ExpiresAt.ShouldBe(server.Clock.GetUtcNow().AddHours(1), TimeSpan.FromMinutes(1));
        answer.Position.ShouldBe(await server.HeadAsync());

        foreach (var (one, other) in new[] { (ada, bob), (bob, ada) })
        {
            var entry = await one.Phone.EntryAsync();
            MailboxHalf.TryParse(entry.Peer!.Half, out var theirs).ShouldBeTrue();
            var mine = one.Phone.MailboxKey.HalfFor(new(entry.ConnectionId));
            one.Grant.ShouldBe(new(
                entry.ConnectionId, MailboxName.From(mine, theirs!).ToString(), MailboxName.From(theirs!, mine).ToString(),
                other.Phone.MailboxKey.UserKey.ToString()));
        }

        ada.Grant.Out.ShouldBe(bob.Grant.In);
        ada.Grant.In.ShouldBe(bob.Grant.Out);
    }

    [Fact]
    public async Task Who_is_connected_with_nobody_has_a_ticket_for_his_bit_alone()
    {
        var ada = await Messenger.WithTicketAsync(server, await Phone.RegisteredAsync(server));
        ada.Grants.ShouldBeEmpty();
        (await ada.PollsAsync()).In.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_ticket_shows_every_change_that_was_answered_before_it()
    {
        var ada = await Phone.RegisteredAsync(server);
        for (var i = 0; i < 20; i++)
        {
            var bob = await Phone.RegisteredAsync(server, "Bob");
            var connection = await ada.InvitesAsync(bob);
            (await Messenger.WithTicketAsync(server, ada)).Grants.ShouldBeEmpty();
            await bob.StepsAsync("accept", connection);
            (await Messenger.WithTicketAsync(server, ada)).Grant.ConnectionId.ShouldBe(connection);
            (await Messenger.WithTicketAsync(server, bob)).Grant.ConnectionId.ShouldBe(connection);
            await (i % 2 == 0 ? ada : bob).StepsAsync("clear", connection);
            (await Messenger.WithTicketAsync(server, ada)).Grants.ShouldBeEmpty();
            (await Messenger.WithTicketAsync(server, bob)).Grants.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Only_the_valid_auth_token_of_a_user_buys_a_ticket()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        (await ada.Phone.PostAsync("/vending", token: "")).ShouldBeProblem("unauthorized");
        (await ada.Phone.PostAsync("/vending", token: ada.Ticket)).ShouldBeProblem("unauthorized");
        (await ada.Phone.PostAsync("/vending", token: ada.Phone.Token[..^1] + "!")).ShouldBeProblem("unauthorized");

        var old = ada.Phone.Token;
        await ada.Phone.RegisterAsync();
        (await ada.Phone.PostAsync("/vending", token: old)).ShouldBeProblem("unauthorized");
        await ada.VendsAsync();
        ada.Grant.Out.ShouldBe(bob.Grant.In, "who registers again has the same mailboxes");

        (await ada.Phone.PostAsync("/me/tokens/revoke")).ShouldBe(204);
        (await ada.Phone.PostAsync("/vending")).ShouldBeProblem("unauthorized");
        (await bob.Phone.DeleteAsync("/me")).ShouldBe(204);
        (await bob.Phone.PostAsync("/vending")).ShouldBeProblem("unauthorized");
    }

    [Fact]
    public async Task A_repeated_call_answers_the_same_ticket()
    {
        var ada = await Phone.RegisteredAsync(server);
        var first = (await ada.PostAsync("/vending", key: "one")).ShouldBe(200).Text;
        (await ada.PostAsync("/vending", key: "one")).ShouldBe(200).Text.ShouldBe(first);
    }

    [Fact]
    public async Task The_ticket_of_a_full_grid_is_short_enough_for_a_header()
    {
        var ada = await Phone.RegisteredAsync(server);
        for (var i = 0; i < 8; i++)
        {
            var friend = await Phone.RegisteredAsync(server, "Friend");
            await friend.StepsAsync("accept", await ada.InvitesAsync(friend));
        }

        var full = await Messenger.WithTicketAsync(server, ada);
        full.Grants.Count.ShouldBe(8);
        full.Ticket.Length.ShouldBeLessThan(640);
        (await full.PollsAsync()).In.Select(mailbox => mailbox.Name).ShouldBe(full.Grants.Select(grant => grant.In));
    }

    [Fact]
    public async Task A_ticket_lives_as_long_as_is_configured()
    {
        await using var shortly = await StoryServer.StartAsync("--Tickets:Minutes=5");
        var ada = await Messenger.WithTicketAsync(shortly, await Phone.RegisteredAsync(shortly));
        shortly.Clock.Advance(TimeSpan.FromMinutes(4));
        (await ada.PollAsync()).ShouldBe(200);
        shortly.Clock.Advance(TimeSpan.FromMinutes(1));
        (await ada.PollAsync()).ShouldBeProblem("ticket-expired");
        await ada.VendsAsync();
        (await ada.PollAsync()).ShouldBe(200);
    }

    [Fact]
    public async Task Keys_rotate_and_what_the_old_one_signed_is_good_until_it_is_taken_away()
    {
        using var folder = new DataFolder();
        string token, ticket;
        await using (var before = await StoryServer.StartAsync(folder, $"--Secrets:Tokens={OldKey}"))
        {
            var ada = await Messenger.WithTicketAsync(before, await Phone.RegisteredAsync(before));
            (token, ticket) = (ada.Phone.Token, ada.Ticket);
            (KeyOf(token), KeyOf(ticket)).ShouldBe(((byte)3, (byte)3));
        }

        await using (var rotated = await StoryServer.StartAsync(folder, $"--Secrets:Tokens={NewKey},{OldKey}"))
        {
            var ada = new Messenger(rotated, Phone.Of(rotated)) { Ticket = ticket };
            (await ada.PollAsync()).ShouldBe(200);
            (await ada.Phone.PostAsync("/vending", token: token)).ShouldBe(200);
            KeyOf((await ada.Phone.PostAsync("/vending", token: token)).String("ticket")).ShouldBe((byte)7);
            await ada.Phone.RegisterAsync();
            KeyOf(ada.Phone.Token).ShouldBe((byte)7);
        }

        await using (var after = await StoryServer.StartAsync(folder, $"--Secrets:Tokens={NewKey}"))
        {
            var ada = new Messenger(after, Phone.Of(after)) { Ticket = ticket };
            (await ada.PollAsync()).ShouldBeProblem("unauthorized");
            (await ada.Phone.PostAsync("/vending", token: token)).ShouldBeProblem("unauthorized");
        }
    }

    private static byte KeyOf(string token)
    {
        var bytes = new byte[token.Length];
        StrictBase64Url.TryRead(token, bytes, out _).ShouldBeTrue();
        return bytes[1];
    }
}
