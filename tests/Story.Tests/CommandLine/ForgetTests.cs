using Cqrs.Cli.CommandLine;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs users forget</c>.</summary>
public sealed class ForgetTests : IAsyncLifetime
{
    private StoryServer server = null!;
    private Phone ada = null!;
    private Phone bob = null!;

    public async Task InitializeAsync()
    {
        server = await StoryServer.StartAsync();
        ada = await Phone.RegisteredAsync(server, "Ada", "Lovelace");
        bob = await Phone.RegisteredAsync(server, "Bob", "Babbage");
        var connection = await ada.InvitesAsync(bob);
        await bob.StepsAsync("accept", connection);

        // Whatever the server keeps in memory of him, it has by now.
        (await ada.EntryAsync()).FirstName.ShouldBe("Bob");
        (await bob.MeAsync()).ShouldBe(200);
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task A_running_server_knows_him_no_more()
    {
        var row = (await ForgetAsync("--yes", "--format", "jsonl")).ShouldSucceed().Rows.Single();

        row.GetProperty("was").GetString().ShouldBe("verified");
        (await bob.PostAsync("/invites", new { firstName = "X", lastName = "", phone = ada.Number })).ShouldBe(401);
        await Wait.UntilAsync(ada.ListAsync, list => list is { Connections: [], Squares.Used: 0 });
        await Wait.UntilAsync(() => bob.GetAsync("/me"), answer => answer.Status == 401);
        (await ReplayAsync()).ShouldNotContain("•••", customMessage: "his data are erased");

        // Somebody else may get his number.
        var (before, heir) = (bob.UserId, new Phone(server, bob.Number, "Bea", "Babbage"));
        await heir.RegisterAsync();
        heir.UserId.ShouldNotBe(before);
    }

    [Fact]
    public async Task Without_a_server_the_next_one_finishes_it()
    {
        using var folder = new DataFolder();
        await using (var first = await StoryServer.StartAsync(folder))
        {
            var (eve, dan) = (await Phone.RegisteredAsync(first, "Eve", "Byron"), await Phone.RegisteredAsync(first, "Dan", "Knuth"));
            await eve.InvitesAsync(dan);
            (ada, bob) = (eve, dan);
        }

        (await CqrsShell.RunAsync(["users", "forget", bob.UserId.ToString(), "--yes", "--data", folder.Path])).ShouldSucceed();

        await using var second = await StoryServer.StartAsync(folder);
        await Wait.UntilAsync(
            second.RecordedAsync, events => events.Any(e => e.Type == "party-forgotten.v1") && events[^1].Type == "square-freed.v1");
    }

    [Fact]
    public async Task It_is_recorded_as_done_by_the_house_and_once()
    {
        (await ForgetAsync("--yes")).ShouldSucceed();
        (await ForgetAsync("--yes", "--format", "jsonl")).ShouldSucceed().Rows.Single().GetProperty("was").GetString().ShouldBe("forgotten");

        var forgotten = (await server.EventsAsync()).Single(e => e.Recorded.Type == "user-forgotten.v1");
        forgotten.Metadata.Actor.ShouldBeNull();
    }

    [Theory]
    [InlineData("n")]
    [InlineData("")]
    public async Task Asked_first_and_answered_no_it_does_nothing(string answer)
    {
        using var input = new StringReader(answer);
        var outcome = await CqrsShell.RunAsync(["users", "forget", bob.UserId.ToString(), "--data", server.Data.Path], input: input);

        outcome.ExitCode.ShouldBe(ExitCodes.Interrupted);
        outcome.Error.ShouldContain("has 1 squares in use. Forget him for ever? [y/N]");
        (await bob.MeAsync()).ShouldBe(200);
    }

    [Fact]
    public async Task Asked_first_and_answered_yes_it_does()
    {
        using var input = new StringReader("y\n");
        (await CqrsShell.RunAsync(["users", "forget", bob.UserId.ToString(), "--data", server.Data.Path], input: input)).ExitCode.ShouldBe(ExitCodes.Ok);
        (await server.RecordedAsync()).ShouldContain(e => e.Type == "user-forgotten.v1");
    }

    [Fact]
    public async Task Who_is_not_there_is_named_and_nobody_is_asked_where_nobody_is()
    {
        (await CqrsShell.RunAsync(server, "users", "forget", Guid.Empty.ToString(), "--yes")).ShouldFail(ExitCodes.NoInput, "There is no user");
        (await CqrsShell.RunAsync(server, "users", "forget", "bob", "--yes")).ShouldFail(ExitCodes.Usage, "bob");
        (await ForgetAsync()).ShouldFail(ExitCodes.Usage, "add --yes");
        (await bob.MeAsync()).ShouldBe(200);
    }

    private Task<Outcome> ForgetAsync(params string[] args) => CqrsShell.RunAsync(server, ["users", "forget", bob.UserId.ToString(), .. args]);

    private async Task<string> ReplayAsync() =>
        (await CqrsShell.RunAsync(server, "events", "replay", "--stream", $"user-{bob.UserId}")).ShouldSucceed().Output;
}
