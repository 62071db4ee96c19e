using Cqrs.Client.Connections;
using Cqrs.Client.Http;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;

namespace Cqrs.Story.Tests.Client;

/// <summary>Registration and connections through the client, at the real server.</summary>
public sealed class ConnectionsTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task Somebody_registers_and_is_who_he_said()
    {
        var (app, number) = (App.Of(server), Phone.NewNumber());
        var pending = await app.RegisterAsync("Ada", "Lovelace", "0" + number[3..], region: "DE");
        pending.Phone.ShouldBe(number);
        (pending.ResendAt < pending.ExpiresAt).ShouldBeTrue();

        var code = await server.CodeAsync(number, before: 0);
        var wrong = await Should.ThrowAsync<ApiException>(() => app.VerifyAsync(pending.RegistrationId, code == "000000" ? "000001" : "000000"));
        (wrong.Code, wrong.Status, wrong.AttemptsLeft).ShouldBe(("wrong-code", 422, 4));
        var early = await Should.ThrowAsync<ApiException>(() => app.ResendAsync(pending.RegistrationId));
        early.Code.ShouldBe("resend-too-soon");
        early.RetryAfter!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

        var ada = await app.VerifyAsync(pending.RegistrationId, code);
        var me = await ada.MeAsync();
        (me.UserId, me.FirstName, me.LastName, me.Phone, me.Squares).ShouldBe((ada.Credentials.User, "Ada", "Lovelace", number, new Squares(0, 8)));
        me.ToString().ShouldBe($"user {me.UserId}");
    }

    [Fact]
    public async Task Another_code_takes_the_place_of_the_first()
    {
        await using var later = await StoryServer.StartAsync();
        var (app, number) = (App.Of(later), Phone.NewNumber());
        var pending = await app.RegisterAsync("Ada", "Lovelace", number);
        await later.CodeAsync(number, before: 0);
        later.Clock.Advance(TimeSpan.FromMinutes(2));
        var again = await app.ResendAsync(pending.RegistrationId);
        again.ResendAt.ShouldBeGreaterThan(pending.ResendAt);
        await app.VerifyAsync(again.RegistrationId, await later.CodeAsync(number, before: 1));
    }

    [Fact]
    public async Task What_is_wrong_with_a_registration_is_told_by_code_and_field()
    {
        (await Should.ThrowAsync<ApiException>(() => App.Of(server).RegisterAsync("Ada", "Lovelace", "12"))).Code.ShouldBe("invalid-phone");
        (await Should.ThrowAsync<ApiException>(() => App.Of(server).VerifyAsync("no/such?one", "123456"))).Code.ShouldBe("unknown-registration");
        var nameless = await Should.ThrowAsync<ApiException>(() => App.Of(server).RegisterAsync(null!, "Lovelace", "+4915112345678"));
        (nameless.Code, nameless.Status, nameless.Field).ShouldBe(("invalid-request", 400, "firstName"));
    }

    [Fact]
    public async Task An_invite_is_seen_accepted_and_cleared()
    {
        var (ada, bob) = (await App.RegisteredAsync(server, "Ada", "Lovelace"), await App.RegisteredAsync(server, "Bob", "Babbage"));
        var number = (await bob.MeAsync()).Phone;
        var invite = await ada.Connections.InviteAsync("Bobby", "B.", number);
        (invite.State, invite.InviteeHasApp, invite.Phone).ShouldBe((ConnectionView.Inviting, true, number));
        invite.SmsText!.ShouldContain(invite.Link!);
        (await ada.Connections.InviteAsync("Bobby", "B.", number)).ShouldBe(invite);

        var mine = (await ada.Connections.ListAsync()).Connections.ShouldHaveSingleItem();
        (mine.ConnectionId, mine.State, mine.FirstName, mine.Phone, mine.Peer).ShouldBe((invite.ConnectionId, ConnectionView.Inviting, "Bobby", number, null));
        (await bob.Connections.SeeAsync(invite.ConnectionId)).ShouldBe(ConnectionView.Invited);
        (await bob.Connections.AcceptAsync(invite.ConnectionId)).ShouldBe(ConnectionView.Connected);

        ada.SeeAtLeast(bob.Position);
        var (adas, bobs) = (await ada.Connections.ListAsync(), await bob.Connections.ListAsync());
        adas.Connections.Single().Peer!.Half.ShouldBe(bob.Credentials.MailboxKey.HalfFor(invite.ConnectionId));
        adas.Connections.Single().Peer!.UserKey.ShouldBe(bob.Credentials.MailboxKey.UserKey);
        bobs.Connections.Single().Peer!.Half.ShouldBe(ada.Credentials.MailboxKey.HalfFor(invite.ConnectionId));
        (await ada.Connections.ListAsync()).ShouldBeSameAs(adas);

        (await ada.Connections.ClearAsync(invite.ConnectionId)).ShouldBe(ConnectionView.None);
        (await ada.Connections.ListAsync()).Connections.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_invite_is_rejected_and_that_is_acknowledged()
    {
        var (ada, bob) = (await App.RegisteredAsync(server, "Ada", "Lovelace"), await App.RegisteredAsync(server, "Bob", "Babbage"));
        var number = (await bob.MeAsync()).Phone;
        var invite = await ada.Connections.InviteAsync("Bob", "", number);
        (await bob.Connections.RejectAsync(invite.ConnectionId)).ShouldBe(ConnectionView.None);
        (await Should.ThrowAsync<ApiException>(() => ada.Connections.InviteAsync("Bob", "", number))).Code.ShouldBe("rejection-unacknowledged");
        (await ada.Connections.AcknowledgeAsync(invite.ConnectionId)).ShouldBe(ConnectionView.None);
    }

    [Fact]
    public async Task What_cannot_be_done_is_told_by_code()
    {
        var ada = await App.RegisteredAsync(server, "Ada", "Lovelace");
        var stranger = await Should.ThrowAsync<ApiException>(() => ada.Connections.AcceptAsync(new ConnectionId(Guid.NewGuid())));
        (stranger.Code, stranger.Status).ShouldBe(("unknown-connection", 404));
        var own = (await ada.MeAsync()).Phone;
        (await Should.ThrowAsync<ApiException>(() => ada.Connections.InviteAsync("Me", "", own))).Code.ShouldBe("cannot-invite-yourself");
    }

    [Fact]
    public async Task A_token_that_was_revoked_is_dead_and_a_new_registration_finds_the_same_user()
    {
        var number = Phone.NewNumber();
        var ada = await App.RegisteredAsync(server, "Ada", "Lovelace", number);
        await ada.RevokeTokensAsync();
        (await Should.ThrowAsync<ApiException>(() => ada.MeAsync())).Code.ShouldBe("unauthorized");

        var again = await App.RegisteredAsync(server, "Ada", "Lovelace", number);
        again.Credentials.User.ShouldBe(ada.Credentials.User);
        again.Credentials.MailboxKey.ShouldBe(ada.Credentials.MailboxKey);
        var restarted = App.Of(server).SignIn(again.Credentials);
        (await restarted.MeAsync()).UserId.ShouldBe(ada.Credentials.User);
    }

    [Fact]
    public async Task Who_leaves_is_forgotten()
    {
        var (ada, bob, _) = await App.PairAsync(server);
        await ada.ForgetMeAsync();
        (await Should.ThrowAsync<ApiException>(() => ada.MeAsync())).Code.ShouldBe("unauthorized");
        bob.SeeAtLeast(ada.Position);
        await Wait.UntilAsync(() => bob.Connections.ListAsync(), list => list.Connections.Count == 0);
    }

    [Fact]
    public async Task Where_nobody_listens_the_app_is_told_that()
    {
        using var nobody = new HttpClient { BaseAddress = new("http://127.0.0.1:9") };
        var app = new Cqrs.Client.AppClient(nobody, new() { Tries = 1 });
        (await Should.ThrowAsync<ApiException>(() => app.RegisterAsync("Ada", "L", "+4915112345678"))).Code.ShouldBe(ApiException.Unreachable);
    }
}
