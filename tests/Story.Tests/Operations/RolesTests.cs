using Cqrs.Story.Tests.Messaging;
using Cqrs.Story.Tests.Notifications;

namespace Cqrs.Story.Tests.Operations;

public sealed class RolesTests : IAsyncLifetime
{
    private readonly DataFolder folder = new();
    private StoryServer writing = null!;
    private StoryServer reading = null!;

    public async Task InitializeAsync()
    {
        writing = await StoryServer.StartAsync(folder);
        reading = await StoryServer.StartAsync(folder, "--Roles=queries");
    }

    public async Task DisposeAsync()
    {
        await reading.DisposeAsync();
        await writing.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_process_for_queries_sees_what_another_one_wrote()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(writing), await Phone.RegisteredAsync(writing, "Bob"));
        foreach (var name in new[] { "One", "Two", "Three" })
        {
            var invited = (await ada.InviteAsync(Phone.Of(writing, name))).ShouldBe(201);
            var list = (await AskAsync(ada, "/connections", invited.Position)).ShouldBe(200);
            list.As<MyList>().Connections[^1].FirstName.ShouldBe(name);
            list.Position.ShouldBeGreaterThanOrEqualTo(invited.Position);
        }

        (await AskAsync(bob, "/me", writing.Seen)).ShouldBe(200).String("firstName").ShouldBe("Bob");
        (await ada.PostAsync("/me/tokens/revoke")).ShouldBe(204);
        (await AskAsync(ada, "/me", writing.Seen)).ShouldBeProblem("unauthorized");
    }

    [Fact]
    public async Task A_process_for_queries_takes_no_commands_and_shows_no_pages()
    {
        var nobody = Phone.Of(reading);
        (await nobody.AskAsync()).ShouldBeProblem("not-found");
        (await nobody.PostAsync("/invites")).ShouldBeProblem("not-found");
        (await nobody.PostAsync($"/connections/{Guid.NewGuid()}/accept")).ShouldBeProblem("not-found");
        (await nobody.DeleteAsync("/me")).ShouldBeProblem("method-not-allowed");
        (await reading.GetAsync("/i/0000000000000000")).ShouldBeProblem("not-found");
        (await nobody.PostAsync("/notifications")).ShouldBeProblem("not-found");
        (await nobody.DeleteAsync("/devices/ios")).ShouldBeProblem("not-found");
        (await reading.GetAsync("/connections")).ShouldBeProblem("unauthorized");
        (await reading.GetAsync("/health/live")).ShouldBe(200);
    }

    [Fact]
    public async Task Codes_and_pushes_go_out_from_a_process_of_their_own()
    {
        using var data = new DataFolder();
        await using var commands = await StoryServer.StartAsync(data, "--Roles=commands,queries,projections");
        var ada = Phone.Of(commands);
        (await ada.AskAsync()).ShouldBe(202);
        (await commands.SmsToAsync(ada.Number)).ShouldBeEmpty();

        await using var outgoing = await StoryServer.StartAsync(data, "--Roles=relay,notifications");
        (await ada.VerifyAsync(await ada.CodeAsync())).ShouldBe(200);
        var device = await TicketHolder.Of(outgoing, ada).HasDeviceAsync();
        var bob = await Phone.RegisteredAsync(commands, "Bob");
        await bob.InvitesAsync(ada);

        (await outgoing.PushesToAsync(device, 1)).ShouldHaveSingleItem().Data!["kind"].ShouldBe("invited");
    }

    [Fact]
    public async Task Tickets_come_from_a_process_for_queries_and_are_good_at_one_for_messaging()
    {
        await using var messaging = await StoryServer.StartAsync(folder, "--Roles=messaging");
        var (ada, bob) = (await Phone.RegisteredAsync(writing), await Phone.RegisteredAsync(writing, "Bob"));
        await bob.StepsAsync("accept", await ada.InvitesAsync(bob));

        var vending = new HttpRequestMessage(HttpMethod.Post, "/vending") { Headers = { Authorization = new("Bearer", ada.Token) } };
        var vended = (await reading.SendAsync(vending)).ShouldBe(200).As<Vended>();
        var (there, here) = (new Messenger(messaging, ada) { Ticket = vended.Ticket }, await Messenger.WithTicketAsync(writing, bob));
        (await there.WriteAsync(vended.Grants.Single().Out, new { video = 1000 })).ShouldBe(204);
        (await here.PollsAsync()).In.ShouldHaveSingleItem().Video.ShouldBe(1000);

        (await there.AskDownloadAsync("nothing", 1)).ShouldBeProblem("not-yours");
        (await messaging.SendAsync(new(HttpMethod.Post, "/vending"))).ShouldBeProblem("not-found");
        (await reading.GetAsync("/mailboxes")).ShouldBeProblem("not-found");
        await Wait.UntilAsync(() => messaging.GetAsync("/health/ready"), answer => answer.Status == 200);
    }

    private async Task<Answer> AskAsync(Phone phone, string path, long position)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Authorization", $"Bearer {phone.Token}");
        request.Headers.Add("Cqrs-Min-Position", position.ToString());
        return await reading.SendAsync(request);
    }
}
