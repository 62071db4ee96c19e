using Cqrs.Domain.Connections;
using Cqrs.Domain.Users;

namespace Cqrs.Story.Tests.Stories;

public abstract class RegisteredAgainStory(ServerFixture fixture)
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task Verified_again_is_the_same_user_with_the_same_connections_and_key_and_another_token()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        await bob.StepsAsync("accept", await ada.InvitesAsync(bob));
        var before = await ada.ListAsync();
        var (user, key, old) = (ada.UserId, ada.MailboxKey, ada.Token);

        var again = new Phone(server, ada.Number, "Augusta", "King");
        await again.RegisterAsync();

        (again.UserId, again.MailboxKey).ShouldBe((user, key));
        again.Token.ShouldNotBe(old);
        (await again.ListAsync()).Connections.ShouldBe(before.Connections);
        (await again.MeAsync()).ShouldBe(200).String("firstName").ShouldBe("Augusta");
        (await bob.EntryAsync()).FirstName.ShouldBe("Augusta");

        (await ada.GetAsync("/me")).ShouldBeProblem("unauthorized");
        (await ada.GetAsync("/connections")).ShouldBeProblem("unauthorized");
        (await ada.InviteAsync(bob)).ShouldBeProblem("unauthorized");
    }

    [Fact]
    public async Task Revoked_tokens_are_dead_and_the_user_is_not()
    {
        var ada = await Phone.RegisteredAsync(server);
        var (user, key) = (ada.UserId, ada.MailboxKey);
        (await ada.PostAsync("/me/tokens/revoke")).ShouldBe(204);

        (await ada.GetAsync("/me")).ShouldBeProblem("unauthorized");
        (await ada.PostAsync("/me/tokens/revoke")).ShouldBeProblem("unauthorized");
        await ada.RegisterAsync();
        (ada.UserId, ada.MailboxKey).ShouldBe((user, key));
        (await ada.GetAsync("/me")).ShouldBe(200);
    }

    [Fact]
    public async Task A_code_asked_for_and_not_sent_back_leaves_the_old_token_alone()
    {
        var ada = await Phone.RegisteredAsync(server);
        (await new Phone(server, ada.Number, "Mallory", "").AskAsync()).ShouldBe(202);
        (await ada.MeAsync()).ShouldBe(200).String("firstName").ShouldBe("Ada");
    }

    [Fact]
    public async Task Whoever_leaves_is_erased_for_the_others_and_his_number_is_free()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var (carl, dora) = (await Phone.RegisteredAsync(server, "Carl"), await Phone.RegisteredAsync(server, "Dora"));
        await bob.StepsAsync("accept", await ada.InvitesAsync(bob));
        await carl.InvitesAsync(ada);
        await ada.InvitesAsync(dora);

        (await ada.DeleteAsync("/me")).ShouldBe(204).Body.ShouldBeEmpty();
        (await ada.GetAsync("/me")).ShouldBeProblem("unauthorized");
        (await ada.GetAsync("/connections")).ShouldBeProblem("unauthorized");
        (await ada.DeleteAsync("/me")).ShouldBeProblem("unauthorized");
        foreach (var entry in (await Task.WhenAll(bob.ListAsync(), carl.ListAsync(), dora.ListAsync())).SelectMany(list => list.Connections))
            (entry.FirstName + entry.LastName + entry.Phone).ShouldBeEmpty();

        foreach (var other in new[] { bob, carl, dora })
        {
            var list = await Wait.UntilAsync(other.ListAsync, list => list.Connections.Count == 0);
            list.Squares.Used.ShouldBe(0);
            await Wait.UntilAsync(other.MeAsync, me => me.Json.GetProperty("squares").GetProperty("used").GetInt32() == 0);
        }

        // What the events held of him reads as erased.
        var events = await server.EventsAsync();
        events.Select(e => e.Event).OfType<UserVerified>().Single(e => e.User.Value == ada.UserId).ShouldSatisfyAllConditions(
            e => e.FirstName.IsErased.ShouldBeTrue(), e => e.Phone.IsErased.ShouldBeTrue(), e => e.MailboxKey.IsErased.ShouldBeTrue());
        events.Select(e => e.Event).OfType<InviteSent>().Single(e => e.Invitee.Value == ada.UserId).FirstName.IsErased.ShouldBeTrue();

        var newcomer = new Phone(server, ada.Number, "Nina", "");
        await newcomer.RegisterAsync();
        newcomer.UserId.ShouldNotBe(ada.UserId);
        newcomer.MailboxKey.ShouldNotBe(ada.MailboxKey);
        (await newcomer.ListAsync()).Connections.ShouldBeEmpty();
        (await newcomer.MeAsync()).ShouldBe(200).String("firstName").ShouldBe("Nina");
        (await ada.GetAsync("/me")).ShouldBeProblem("unauthorized");
    }
}

public sealed class RegisteredAgainTests(ServerFixture fixture) : RegisteredAgainStory(fixture), IClassFixture<ServerFixture>;

[Collection(EsdbFixture.OneByOne)]
public sealed class RegisteredAgainTestsOnEventStoreDb(EsdbFixture fixture) : RegisteredAgainStory(fixture), IClassFixture<EsdbFixture>;
