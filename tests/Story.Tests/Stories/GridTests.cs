namespace Cqrs.Story.Tests.Stories;

public abstract class GridStory(ServerFixture fixture) : IAsyncLifetime
{
    private StoryServer server = null!;

    public async Task InitializeAsync() => server = await fixture.StartAsync("--Grid:Squares=2");

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task A_full_grid_invites_nobody_and_makes_no_user()
    {
        var ada = await FullAsync();
        var head = await server.HeadAsync();
        (await ada.InviteAsync(Phone.Of(server, "Bob"))).ShouldBeProblem("grid-full");
        (await server.HeadAsync()).ShouldBe(head);
        (await ada.InviteAsync(await Phone.RegisteredAsync(server, "Carl"))).ShouldBeProblem("grid-full");
    }

    [Fact]
    public async Task A_full_grid_accepts_nobody_and_the_inviter_is_told_nothing()
    {
        var (ada, bob) = (await FullAsync(), await Phone.RegisteredAsync(server, "Bob"));
        var connection = await bob.InvitesAsync(ada);
        var version = (await bob.ListAsync()).Version;

        (await ada.StepAsync("accept", connection)).ShouldBeProblem("grid-full");
        (await ada.InviteAsync(bob)).ShouldBeProblem("grid-full");
        (await bob.EntryAsync()).State.ShouldBe("inviting");
        (await bob.ListAsync()).Version.ShouldBe(version);
        (await ada.ListAsync()).Connections.Select(entry => entry.State).ShouldBe(["inviting", "inviting", "invited"]);

        // One square is set free, and it works.
        await ada.StepsAsync("clear", (await ada.ListAsync()).Connections[0].ConnectionId);
        (await ada.StepsAsync("accept", connection)).ShouldBe("connected");
        (await ada.ListAsync()).Squares.ShouldBe(new(2, 2));
    }

    [Fact]
    public async Task Being_invited_takes_no_square()
    {
        var ada = await Phone.RegisteredAsync(server);
        foreach (var _ in Enumerable.Range(0, 3)) await (await Phone.RegisteredAsync(server, "Bob")).InvitesAsync(ada);
        var list = await ada.ListAsync();
        (list.Connections.Count, list.Squares).ShouldBe((3, new SquareCount(0, 2)));
    }

    [Fact]
    public async Task Those_who_invite_at_once_get_as_many_squares_as_there_are()
    {
        var ada = await Phone.RegisteredAsync(server);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ada.InviteAsync(Phone.Of(server, "Bob"))));
        answers.Count(answer => answer.Status == 201).ShouldBe(2);
        foreach (var refused in answers.Where(answer => answer.Status != 201)) refused.ShouldBeProblem("grid-full");
        (await ada.ListAsync()).Squares.ShouldBe(new(2, 2));
        (await ada.MeAsync()).Json.GetProperty("squares").GetProperty("used").GetInt32().ShouldBe(2);
    }

    private async Task<Phone> FullAsync()
    {
        var ada = await Phone.RegisteredAsync(server);
        foreach (var name in new[] { "One", "Two" }) await ada.InvitesAsync(Phone.Of(server, name));
        return ada;
    }
}

public sealed class GridTests(ServerFixture fixture) : GridStory(fixture), IClassFixture<ServerFixture>;

[Collection(EsdbFixture.OneByOne)]
public sealed class GridTestsOnEventStoreDb(EsdbFixture fixture) : GridStory(fixture), IClassFixture<EsdbFixture>;
