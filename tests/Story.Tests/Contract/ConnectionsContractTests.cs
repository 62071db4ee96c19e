using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Story.Tests.Contract;

public sealed class ConnectionsContractTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task Me_says_who_I_am()
    {
        var ada = await Phone.RegisteredAsync(server);
        var answer = (await ada.MeAsync()).ShouldBe(200);
        answer.Fields().ShouldBe("userId firstName lastName phone verifiedAt squares");
        answer.Json.GetProperty("userId").GetGuid().ShouldBe(ada.UserId);
        $"{answer.String("firstName")} {answer.String("lastName")} {answer.String("phone")}".ShouldBe($"Ada Lovelace {ada.Number}");
        answer.String("verifiedAt").ShouldEndWith("Z");
        answer.Json.GetProperty("squares").ToString().ShouldBe("""{"used":0,"of":8}""");
        answer.Headers.CacheControl!.ToString().ShouldBe("no-store");
        answer.Position.ShouldBeGreaterThanOrEqualTo(server.Seen);
    }

    [Fact]
    public async Task An_invite_answers_link_and_text()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), Phone.Of(server, "Bob", ""));
        var answer = (await ada.InviteAsync(bob)).ShouldBe(201);
        answer.Fields().ShouldBe("connectionId state inviteeHasApp phone link smsText");
        answer.String("state").ShouldBe("inviting");
        answer.String("phone").ShouldBe(bob.Number);
        answer.String("link").ShouldMatch($@"\Ahttp://127\.0\.0\.1:{server.Client.BaseAddress!.Port}/i/[0-9a-hjkmnp-tv-z]{{16}}\z");
        answer.String("smsText").ShouldBe($"Ada invites you to Squares: {answer.String("link")}");
        answer.Position.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task One_cannot_invite_oneself_nor_nobody()
    {
        var ada = await Phone.RegisteredAsync(server);
        (await ada.InviteAsync("Me", "", ada.Number)).ShouldBeProblem("cannot-invite-yourself");
        (await ada.InviteAsync("Me", "", "0" + ada.Number[3..])).ShouldBeProblem("cannot-invite-yourself");
        (await ada.InviteAsync("Bob", "", "12")).ShouldBeProblem("invalid-phone");
        (await ada.InviteAsync(" ", "", Phone.NewNumber())).ShouldBeProblem("invalid-name");
    }

    [Fact]
    public async Task The_list_of_somebody_new_is_empty()
    {
        var ada = await Phone.RegisteredAsync(server);
        var answer = (await ada.GetAsync("/connections", server.Seen)).ShouldBe(200);
        answer.Fields().ShouldBe("version squares connections");
        answer.Json.GetProperty("squares").ToString().ShouldBe("""{"used":0,"of":8}""");
        answer.Json.GetProperty("connections").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Entries_are_as_the_contract_says_and_halves_and_keys_agree_on_both_sides()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob", "Babbage"));
        var connection = await ada.InvitesAsync(bob);
        await FieldsAsync(ada, "connectionId state firstName lastName phone since");
        await FieldsAsync(bob, "connectionId state firstName lastName phone since");

        await bob.StepsAsync("accept", connection);
        await FieldsAsync(ada, "connectionId state firstName lastName phone since peer");
        var (seenByAda, seenByBob) = ((await ada.EntryAsync()).Peer!, (await bob.EntryAsync()).Peer!);

        var id = ConnectionId.Between(new(ada.UserId), new(bob.UserId));
        id.Value.ShouldBe(connection);
        seenByAda.ShouldBe(new(bob.MailboxKey.HalfFor(id).Reveal(), bob.MailboxKey.UserKey.ToString()));
        seenByBob.ShouldBe(new(ada.MailboxKey.HalfFor(id).Reveal(), ada.MailboxKey.UserKey.ToString()));

        // Each computes the two mailboxes from his own key and the other's half; they name the same two.
        MailboxHalf.TryParse(seenByAda.Half, out var halfOfBob).ShouldBeTrue();
        MailboxHalf.TryParse(seenByBob.Half, out var halfOfAda).ShouldBeTrue();
        var (mineAda, mineBob) = (ada.MailboxKey.HalfFor(id), bob.MailboxKey.HalfFor(id));
        MailboxName.From(mineAda, halfOfBob!).ShouldBe(MailboxName.From(halfOfAda!, mineBob));
        MailboxName.From(halfOfBob!, mineAda).ShouldBe(MailboxName.From(mineBob, halfOfAda!));
        MailboxName.From(mineAda, halfOfBob!).ShouldNotBe(MailboxName.From(halfOfBob!, mineAda));
    }

    [Fact]
    public async Task A_list_that_has_not_changed_is_not_sent_again()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var list = (await ada.GetAsync("/connections", server.Seen)).ShouldBe(200);
        var tag = list.Header("ETag");
        tag.ShouldBe($"\"{list.As<MyList>().Version}\"");

        var unchanged = (await ada.GetAsync("/connections", ifNoneMatch: tag)).ShouldBe(304);
        (unchanged.Header("ETag"), unchanged.Body.Length, unchanged.ContentType).ShouldBe((tag, 0, null));
        unchanged.Position.ShouldBeGreaterThanOrEqualTo(list.Position);

        await bob.InvitesAsync(ada);
        (await ada.GetAsync("/connections", server.Seen, tag)).ShouldBe(200).Header("ETag").ShouldNotBe(tag);
    }

    [Theory]
    [InlineData("accept", "not-invited")]
    [InlineData("reject", "not-invited")]
    [InlineData("see", "not-invited")]
    [InlineData("acknowledge", "not-rejected")]
    public async Task A_step_that_is_not_in_the_table_is_refused_by_name(string step, string code)
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var connection = await ada.InvitesAsync(bob);
        var head = await server.HeadAsync();
        (await ada.StepAsync(step, connection)).ShouldBeProblem(code);
        (await server.HeadAsync()).ShouldBe(head);
    }

    [Theory]
    [InlineData("see", "invited")]
    [InlineData("accept", "connected")]
    [InlineData("reject", "none")]
    [InlineData("clear", "none")]
    public async Task A_step_answers_what_the_caller_sees_now_and_again_the_same(string step, string state)
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var connection = await ada.InvitesAsync(bob);
        var answer = (await bob.StepAsync(step, connection)).ShouldBe(200);
        answer.Text.ShouldBe($$"""{"connectionId":"{{connection}}","state":"{{state}}"}""");
        answer.Position.ShouldBeGreaterThan(0);

        var head = await server.HeadAsync();
        (await bob.StepAsync(step, connection)).ShouldBe(200).Text.ShouldBe(answer.Text);
        (await server.HeadAsync()).ShouldBe(head);
    }

    [Fact]
    public async Task Somebody_elses_connection_is_as_unknown_as_none()
    {
        var (ada, bob, eve) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"), await Phone.RegisteredAsync(server, "Eve"));
        var connection = await ada.InvitesAsync(bob);
        var head = await server.HeadAsync();
        foreach (var step in Enum.GetNames<Commands.Connections.ConnectionStep>().Select(name => name.ToLowerInvariant()))
        {
            var answers = new List<Answer>();
            foreach (var id in new[] { connection.ToString(), Guid.NewGuid().ToString(), "nonsense", Guid.Empty.ToString(), connection.ToString("N") })
                answers.Add((await eve.PostAsync($"/connections/{id}/{step}")).ShouldBeProblem("unknown-connection"));
            answers.Select(answer => answer.Text).Distinct().ShouldHaveSingleItem();
        }

        (await server.HeadAsync()).ShouldBe(head);
        (await bob.EntryAsync()).State.ShouldBe("invited");
    }

    [Fact]
    public void Each_state_goes_out_under_the_name_of_the_contract() =>
        Enum.GetNames<ConnectionView>().Select(name => name.ToLowerInvariant()).Order()
            .ShouldBe(["connected", "contact", "invited", "inviting", "none", "rejected"]);

    private async Task FieldsAsync(Phone phone, string fields)
    {
        var list = (await phone.GetAsync("/connections", server.Seen)).ShouldBe(200).Json;
        Answer.FieldsOf(list.GetProperty("connections")[0]).ShouldBe(fields);
    }
}
