using Cqrs.Domain.Connections;

namespace Cqrs.Story.Tests.Stories;

public abstract class WithoutTheAppStory(ServerFixture fixture)
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task Somebody_without_the_app_follows_the_link_and_finds_the_waiting_invite_as_if_he_had_had_the_app()
    {
        var ada = await Phone.RegisteredAsync(server);
        var bob = Phone.Of(server, "Bob", "Babbage");

        // The inviter is given what to send.
        var invited = (await ada.InviteAsync("Bobby", "B.", bob.Number)).ShouldBe(201);
        invited.Json.GetProperty("inviteeHasApp").GetBoolean().ShouldBeFalse();
        var link = new Uri(invited.String("link")).AbsolutePath;
        (await ada.EntryAsync()).ShouldSatisfyAllConditions(
            entry => entry.State.ShouldBe("inviting"),
            entry => $"{entry.FirstName} {entry.LastName} {entry.Phone}".ShouldBe($"Bobby B. {bob.Number}"));

        // The page names the inviter; looking at it changes nothing.
        (await server.GetAsync(link)).ShouldBe(200).Text.ShouldContain("<bdi>Ada</bdi>");
        (await OpenedAsync(link)).ShouldBe(0);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var pressed = (await server.SendAsync(new(HttpMethod.Post, link))).ShouldBe(303);
            pressed.Headers.Location!.ToString().ShouldBe($"{link}?opened=1");
        }

        (await OpenedAsync(link)).ShouldBe(1);

        // He installs the app and registers: there it is.
        await bob.RegisterAsync();
        var waiting = await bob.EntryAsync();
        waiting.ShouldSatisfyAllConditions(
            entry => entry.State.ShouldBe("invited"),
            entry => entry.ConnectionId.ShouldBe(invited.Json.GetProperty("connectionId").GetGuid()),
            entry => $"{entry.FirstName} {entry.LastName} {entry.Phone}".ShouldBe($"Ada Lovelace {ada.Number}"));
        (await bob.StepsAsync("see", waiting.ConnectionId)).ShouldBe("invited");
        (await bob.StepsAsync("accept", waiting.ConnectionId)).ShouldBe("connected");

        // Now the inviter sees the name that the other gave himself, and the page has ended.
        (await ada.EntryAsync()).ShouldSatisfyAllConditions(
            entry => entry.State.ShouldBe("connected"),
            entry => $"{entry.FirstName} {entry.LastName} {entry.Phone}".ShouldBe($"Bob Babbage {bob.Number}"));
        (await bob.EntryAsync()).State.ShouldBe("connected");
        (await server.GetAsync(link)).ShouldBe(410).Text.ShouldNotContain("Ada", Case.Sensitive);
        (await server.SendAsync(new(HttpMethod.Post, link))).ShouldBe(410);
    }

    [Fact]
    public async Task Two_who_invite_the_same_stranger_meet_in_one_user()
    {
        var (ada, eve) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Eve", ""));
        var bob = Phone.Of(server, "Bob", "");
        var invites = await Task.WhenAll(ada.InviteAsync(bob), eve.InviteAsync(bob));
        invites.Select(answer => answer.Status).ShouldBe([201, 201]);

        await bob.RegisterAsync();
        (await bob.ListAsync()).Connections.Select(entry => entry.FirstName).Order().ShouldBe(["Ada", "Eve"]);
    }

    [Fact]
    public async Task An_invited_number_is_completed_from_the_inviters_own()
    {
        var ada = await Phone.RegisteredAsync(server);
        var bob = Phone.Of(server, "Bob", "");
        var national = "0" + bob.Number[3..];
        (await ada.InviteAsync("Bob", "", national)).ShouldBe(201).String("phone").ShouldBe(bob.Number);
    }

    private async Task<int> OpenedAsync(string link)
    {
        var events = await server.EventsAsync();
        var sent = events.Select(e => e.Event).OfType<InviteSent>().Single(e => link.EndsWith(e.Code.Text!, StringComparison.Ordinal));
        return events.Select(e => e.Event).OfType<InviteLinkOpened>().Count(e => e.Connection == sent.Connection);
    }
}

public sealed class WithoutTheAppTests(ServerFixture fixture) : WithoutTheAppStory(fixture), IClassFixture<ServerFixture>;

[Collection(EsdbFixture.OneByOne)]
public sealed class WithoutTheAppTestsOnEventStoreDb(EsdbFixture fixture) : WithoutTheAppStory(fixture), IClassFixture<EsdbFixture>;
