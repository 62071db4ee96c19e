namespace Cqrs.Story.Tests.Notifications;

/// <summary>The whole story of an invite, as the phones ring.</summary>
public sealed class InvitePushTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task An_invite_and_its_acceptance_ring_on_the_other_side()
    {
        var ((ann, annsPhone), (bob, bobsPhone)) = (await PersonAsync("Ann"), await PersonAsync("Bob"));

        var connection = await ann.InvitesAsync(bob);
        (await ShouldRingAsync(bobsPhone, "invited")).Data!["connectionId"].ShouldBe(connection.ToString());

        await bob.StepsAsync("see", connection);
        await bob.StepsAsync("accept", connection);
        var push = await ShouldRingAsync(annsPhone, "accepted");
        push.Text.ShouldBe("Your invite was accepted.");
        push.Data!["connectionId"].ShouldBe(connection.ToString());

        // What follows rings nowhere but for the invite at the end, which shows that all before it has been relayed.
        await ann.StepsAsync("clear", connection);
        await bob.StepsAsync("clear", connection);
        await ann.InvitesAsync(bob);
        await ShouldRingAsync(bobsPhone, "invited", "invited");
        await ShouldRingAsync(annsPhone, "accepted");
    }

    [Fact]
    public async Task A_rejection_rings_with_the_inviter()
    {
        var ((ann, annsPhone), (bob, bobsPhone)) = (await PersonAsync("Ann"), await PersonAsync("Bob"));
        var connection = await ann.InvitesAsync(bob);
        await bob.StepsAsync("reject", connection);
        await ShouldRingAsync(annsPhone, "rejected");
        await ShouldRingAsync(bobsPhone, "invited");
    }

    [Fact]
    public async Task Of_two_who_invite_each_other_the_first_is_told_that_he_was_accepted()
    {
        var ((ann, annsPhone), (bob, bobsPhone)) = (await PersonAsync("Ann"), await PersonAsync("Bob"));
        await ann.InvitesAsync(bob);
        (await bob.InviteAsync(ann)).Status.ShouldBeOneOf(200, 201);
        await ShouldRingAsync(annsPhone, "accepted");
        await ShouldRingAsync(bobsPhone, "invited");
    }

    [Fact]
    public async Task Whoever_invited_somebody_without_the_app_is_told_when_he_joins_and_only_the_first_time()
    {
        var ((ann, annsPhone), (cid, cidsPhone)) = (await PersonAsync("Ann"), await PersonAsync("Cid"));
        var bob = Phone.Of(server, "Bob");
        var connection = await ann.InvitesAsync(bob);
        await cid.InvitesAsync(bob);

        // Whoever has the app when the relay looks is told, and that is a moment later.
        await server.FollowedAsync("push-relay");
        await bob.RegisterAsync();
        var bobsPhone = await TicketHolder.Of(server, bob).HasDeviceAsync();
        (await ShouldRingAsync(annsPhone, "joined")).Data!["connectionId"].ShouldBe(connection.ToString());
        await ShouldRingAsync(cidsPhone, "joined");

        await new Phone(server, bob.Number, "Bob", "Lovelace").RegisterAsync();
        var again = new Phone(server, bob.Number, "Bob", "Lovelace");
        await again.RegisterAsync();
        await again.StepsAsync("accept", connection);
        await ShouldRingAsync(annsPhone, "joined", "accepted");
        (await server.PushesToAsync(bobsPhone)).ShouldBeEmpty("he had no app when he was invited");
    }

    [Fact]
    public async Task Somebody_who_was_forgotten_is_told_nothing()
    {
        var ((ann, annsPhone), (bob, bobsPhone)) = (await PersonAsync("Ann"), await PersonAsync("Bob"));
        var connection = await ann.InvitesAsync(bob);
        await ShouldRingAsync(bobsPhone, "invited");
        (await ann.DeleteAsync("/me")).ShouldBe(204);
        await bob.StepAsync("accept", connection);

        var cid = (await PersonAsync("Cid")).Phone;
        await cid.InvitesAsync(bob);
        await ShouldRingAsync(bobsPhone, "invited", "invited");
        (await server.PushesToAsync(annsPhone)).ShouldBeEmpty();
    }

    private async Task<(Phone Phone, string Token)> PersonAsync(string first)
    {
        var phone = await Phone.RegisteredAsync(server, first);
        return (phone, await TicketHolder.Of(server, phone).HasDeviceAsync());
    }

    /// <summary>These kinds and no others have come to the device; answers the last.</summary>
    private async Task<OutboxEntry> ShouldRingAsync(string token, params string[] kinds)
    {
        var pushes = await server.PushesToAsync(token, kinds.Length);
        pushes.Select(push => push.Data!["kind"]).ShouldBe(kinds);
        return pushes[^1];
    }
}
