using System.Net;
using Cqrs.Client.Http;
using Cqrs.Client.Messaging;
using Cqrs.Domain.Mailboxes;
using Cqrs.Story.Tests.Client.Fakes;
using static Cqrs.Story.Tests.Client.Fakes.ScriptedServer;

namespace Cqrs.Story.Tests.Client;

/// <summary>Tickets: kept, exchanged in time, and not believed.</summary>
public sealed class TicketTests
{
    private readonly FakeMessaging fake = new();

    [Fact]
    public async Task One_ticket_does_for_many_calls()
    {
        await fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, 5);
        await fake.Phone.Mailboxes.ReportAsync(fake.Connection, 4, VideoStatus.Viewed);
        fake.Calls.ShouldBe(["POST /vending", "GET /connections", $"PUT /mailboxes/{fake.Out}", $"PUT /mailboxes/{fake.Out}"]);
        fake.With("ticket-1").Select(call => call.Body).ShouldBe(["""{"video":5}""", """{"seen":{"video":4,"status":"viewed"}}"""]);
    }

    [Fact]
    public async Task Many_calls_at_once_fetch_one_ticket()
    {
        await Task.WhenAll(Enumerable.Range(1, 20).Select(video => fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, video)));
        fake.Tickets.ShouldBe(1);
        fake.With("ticket-1").Count().ShouldBe(20);
    }

    [Fact]
    public async Task A_ticket_is_exchanged_before_it_runs_out_whatever_the_time_of_day_is_here()
    {
        await fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, 5);
        fake.Server.Clock.Advance(TimeSpan.FromMinutes(57.9));
        await fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, 6);
        fake.Tickets.ShouldBe(1);
        fake.Server.Clock.Advance(TimeSpan.FromMinutes(0.2));
        await fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, 7);
        fake.Tickets.ShouldBe(2);
        fake.With("ticket-2").Count().ShouldBe(1);
    }

    [Theory]
    [InlineData("ticket-expired", 401)]
    [InlineData("not-yours", 403)]
    [InlineData("unauthorized", 401)]
    public async Task A_ticket_that_is_refused_is_exchanged_and_the_call_repeated(string code, int status)
    {
        fake.Rest = call => call.Header("Authorization") == "Bearer ticket-1" ? Problem(code, status) : new(HttpStatusCode.Accepted);
        await fake.Phone.Notifications.NotifyAsync(fake.Connection, "new-video");
        fake.Tickets.ShouldBe(2);

        // The server keeps its no under the first key.
        var (first, second) = (fake.With("ticket-1").Single(), fake.With("ticket-2").Single());
        second.Body.ShouldBe(first.Body);
        second.Header("Idempotency-Key").ShouldNotBe(first.Header("Idempotency-Key"));
    }

    [Fact]
    public async Task What_a_fresh_ticket_does_not_allow_either_is_refused()
    {
        fake.Rest = _ => Problem("not-yours", 403);
        (await Should.ThrowAsync<ApiException>(() => fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, 5))).Code.ShouldBe("not-yours");
        fake.Tickets.ShouldBe(2);
    }

    [Fact]
    public async Task A_connection_that_is_newer_than_the_ticket_is_found_with_another()
    {
        fake.IsGranted = false;
        await fake.Phone.TicketAsync();
        var refused = await Should.ThrowAsync<ApiException>(() => fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, 5));
        (refused.Code, refused.Status).ShouldBe(("not-yours", 403));
        fake.IsGranted = true;
        await fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, 5);
        fake.Calls.Count(call => call.StartsWith("PUT", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_list_with_other_connections_than_the_ticket_makes_a_new_ticket_once()
    {
        (fake.IsGranted, fake.IsListed) = (false, false);
        fake.Rest = _ => Json($$$"""{"changed":{"bit":false,"version":8},"in":[{"name":"{{{fake.In}}}","video":5}]}""");
        (await fake.Phone.Mailboxes.PollAsync()).In.ShouldBeEmpty();
        (fake.IsGranted, fake.IsListed, fake.ListVersion) = (true, true, 8);
        await fake.Phone.Connections.ListAsync();
        (await fake.Phone.Mailboxes.PollAsync()).In.ShouldHaveSingleItem().Video.ShouldBe(5);
        fake.Tickets.ShouldBe(2);

        // It changed again, but not in who is connected.
        fake.ListVersion = 9;
        await fake.Phone.Connections.ListAsync();
        await fake.Phone.Mailboxes.PollAsync();
        fake.Tickets.ShouldBe(2);
    }

    [Theory]
    [InlineData("invite")]
    [InlineData("accept")]
    [InlineData("reject")]
    [InlineData("clear")]
    public async Task A_change_of_connections_by_this_client_makes_the_ticket_stale(string change)
    {
        (fake.IsGranted, fake.IsListed) = (false, false);
        fake.Rest = call => call.Method == "POST"
            ? Json($$"""{"connectionId":"{{fake.Connection}}","state":"connected","inviteeHasApp":true,"phone":"+14155550172","link":null,"smsText":null}""")
            : Json($$$"""{"changed":{"bit":true,"version":8},"in":[{"name":"{{{fake.In}}}","video":5}]}""");
        (await fake.Phone.Mailboxes.PollAsync()).In.ShouldBeEmpty();
        (fake.IsGranted, fake.IsListed, fake.ListVersion) = (true, true, 8);

        await ChangeAsync(change);

        (await fake.Phone.Mailboxes.PollAsync()).In.ShouldHaveSingleItem().Video.ShouldBe(5);
        fake.Tickets.ShouldBe(2);
    }

    [Fact]
    public async Task A_change_whose_answer_was_lost_makes_the_ticket_stale()
    {
        fake.Rest = call => call.Method == "POST" ? null : Json("""{"changed":{"bit":false,"version":7},"in":[]}""");
        await fake.Phone.Mailboxes.PollAsync();
        await Should.ThrowAsync<ApiException>(() => ChangeAsync("accept"));
        await fake.Phone.Mailboxes.PollAsync();
        fake.Tickets.ShouldBe(2);
    }

    [Fact]
    public async Task Seeing_an_invite_and_acknowledging_a_rejection_keep_the_ticket()
    {
        fake.Rest = call => call.Method == "POST"
            ? Json($$"""{"connectionId":"{{fake.Connection}}","state":"invited"}""")
            : Json("""{"changed":{"bit":false,"version":7},"in":[]}""");
        await fake.Phone.Mailboxes.PollAsync();
        await ChangeAsync("see");
        await ChangeAsync("acknowledge");
        await fake.Phone.Mailboxes.PollAsync();
        fake.Tickets.ShouldBe(1);
    }

    private async Task ChangeAsync(string change)
    {
        var connections = fake.Phone.Connections;
        switch (change)
        {
            case "invite": await connections.InviteAsync("Bob", "B", "+14155550172"); break;
            case "accept": await connections.AcceptAsync(fake.Connection); break;
            case "reject": await connections.RejectAsync(fake.Connection); break;
            case "clear": await connections.ClearAsync(fake.Connection); break;
            case "see": await connections.SeeAsync(fake.Connection); break;
            case "acknowledge": await connections.AcknowledgeAsync(fake.Connection); break;
            default: throw new ArgumentOutOfRangeException(nameof(change), change, "No such change.");
        }
    }

    [Theory]
    [InlineData("out")]
    [InlineData("in")]
    [InlineData("swapped")]
    [InlineData("peer")]
    public async Task A_server_that_names_other_mailboxes_is_refused(string lie)
    {
        var elsewhere = MailboxName.Read(new byte[16]);
        switch (lie)
        {
            case "out": fake.Out = elsewhere; break;
            case "in": fake.In = elsewhere; break;
            case "swapped": (fake.Out, fake.In) = (fake.In, fake.Out); break;
            default: fake.Peer = FakeMessaging.KeyOf(3).UserKey; break;
        }

        var refused = await Should.ThrowAsync<UntrustedServerException>(() => fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, 5));
        refused.Connection.ShouldBe(fake.Connection);
        await Should.ThrowAsync<UntrustedServerException>(() => fake.Phone.Notifications.NotifyAsync(fake.Connection, "new-video"));
        await Should.ThrowAsync<UntrustedServerException>(() => fake.Phone.Mailboxes.PollAsync());
        fake.Calls.Distinct().ShouldBe(["POST /vending", "GET /connections"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_server_that_gives_another_half_than_before_is_refused()
    {
        await fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, 5);
        var (own, eve) = (FakeMessaging.KeyOf(1).HalfFor(fake.Connection), FakeMessaging.KeyOf(3).HalfFor(fake.Connection));
        (fake.Half, fake.Out, fake.In) = (eve, MailboxName.From(own, eve), MailboxName.From(eve, own));
        await fake.Phone.Connections.ListAsync();
        fake.Server.Clock.Advance(TimeSpan.FromHours(1));
        await Should.ThrowAsync<UntrustedServerException>(() => fake.Phone.Mailboxes.AnnounceAsync(fake.Connection, 6));
    }

    [Fact]
    public async Task A_poll_tells_who_sent_what_and_whether_the_list_is_old()
    {
        var stranger = MailboxName.Read(new byte[16]);
        fake.Rest = call => call.Header("If-None-Match") == "\"a\"" ? new(HttpStatusCode.NotModified) : Tagged(Json(
            $$$"""
            {"changed":{"bit":true,"version":7},"in":[{"name":"{{{fake.In}}}","video":5,"seen":{"video":3,"status":"downloaded"}},{"name":"{{{stranger}}}","video":9}]}
            """));
        var poll = await fake.Phone.Mailboxes.PollAsync();
        (poll.ConnectionsChanged, poll.Version).ShouldBe((true, 7));
        poll.In.ShouldHaveSingleItem().ShouldBe(new Incoming(fake.Connection, 5, new(3, VideoStatus.Downloaded)));

        // The client has fetched the list for its ticket: that does not count, the app has not seen it.
        (await fake.Phone.Mailboxes.PollAsync()).ConnectionsChanged.ShouldBeTrue();
        await fake.Phone.Connections.ListAsync();
        var again = await fake.Phone.Mailboxes.PollAsync();
        again.ConnectionsChanged.ShouldBeFalse();
        again.In.ShouldBe(poll.In);
        fake.With("ticket-1").Select(call => call.Header("If-None-Match")).ShouldBe([null, "\"a\"", "\"a\""]);
    }

    [Fact]
    public async Task A_ticket_prints_as_a_word()
    {
        var ticket = await fake.Phone.TicketAsync();
        ticket.ToString().ShouldBe("ticket");
        ticket.Reveal().ShouldBe("ticket-1");
        var list = await fake.Phone.Connections.ListAsync();
        $"{list} {list.Connections[0]} {list.Connections[0].Peer}".ShouldNotContain(fake.Half.Reveal());
        $"{list} {list.Connections[0]}".ShouldNotContain("Bob");
    }

    private static HttpResponseMessage Tagged(HttpResponseMessage answer)
    {
        answer.Headers.TryAddWithoutValidation("ETag", "\"a\"").ShouldBeTrue();
        return answer;
    }
}
