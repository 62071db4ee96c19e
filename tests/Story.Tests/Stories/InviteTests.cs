namespace Cqrs.Story.Tests.Stories;

public abstract class InviteStory(ServerFixture fixture)
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task Somebody_with_the_app_is_invited_and_accepts()
    {
        var (ada, bob) = await PairAsync();
        var invited = (await ada.InviteAsync(bob)).ShouldBe(201);
        invited.Json.GetProperty("inviteeHasApp").GetBoolean().ShouldBeTrue();
        var connection = invited.Json.GetProperty("connectionId").GetGuid();
        (await StatesAsync(ada, bob)).ShouldBe("inviting 1, invited 0");

        (await bob.StepsAsync("accept", connection)).ShouldBe("connected");
        (await StatesAsync(ada, bob)).ShouldBe("connected 1, connected 1");
    }

    [Fact]
    public async Task Inviting_again_answers_the_same_link()
    {
        var (ada, bob) = await PairAsync();
        var first = (await ada.InviteAsync(bob)).ShouldBe(201);
        var again = (await ada.InviteAsync("Robert", "", bob.Number)).ShouldBe(200);
        again.Text.ShouldBe(first.Text);
        (await ada.EntryAsync()).FirstName.ShouldBe("Bob");
    }

    [Theory]
    [InlineData("reject")]
    [InlineData("clear")]
    public async Task A_rejection_keeps_its_square_until_it_is_acknowledged(string no)
    {
        var (ada, bob) = await PairAsync();
        var connection = await ada.InvitesAsync(bob);
        (await bob.StepsAsync(no, connection)).ShouldBe("none");
        (await StatesAsync(ada, bob)).ShouldBe("rejected 1, none 0");

        (await ada.InviteAsync(bob)).ShouldBeProblem("rejection-unacknowledged");
        (await ada.StepsAsync("acknowledge", connection)).ShouldBe("none");
        (await StatesAsync(ada, bob)).ShouldBe("none 0, none 0");
        (await ada.StepsAsync("acknowledge", connection)).ShouldBe("none");
    }

    [Fact]
    public async Task Clearing_the_square_acknowledges_a_rejection()
    {
        var (ada, bob) = await PairAsync();
        var connection = await ada.InvitesAsync(bob);
        await bob.StepsAsync("reject", connection);
        (await ada.StepsAsync("clear", connection)).ShouldBe("none");
        (await StatesAsync(ada, bob)).ShouldBe("none 0, none 0");
    }

    [Fact]
    public async Task After_a_rejection_the_pair_may_be_invited_three_times_in_thirty_days()
    {
        var (ada, bob) = await PairAsync();
        for (var time = 0; time < 4; time++)
        {
            var connection = await ada.InvitesAsync(bob);
            await bob.StepsAsync("reject", connection);
            await ada.StepsAsync("acknowledge", connection);
        }

        var refused = (await ada.InviteAsync(bob)).ShouldBeProblem("invite-limit", "retryAt");
        int.Parse(refused.Header("Retry-After")!).ShouldBeInRange(29 * 86400, 30 * 86400);
        server.Clock.Advance(TimeSpan.FromDays(30));
        await ada.InvitesAsync(bob);
    }

    [Fact]
    public async Task An_unseen_invite_that_is_taken_back_was_never_there()
    {
        var (ada, bob) = await PairAsync();
        var connection = await ada.InvitesAsync(bob);
        (await ada.StepsAsync("clear", connection)).ShouldBe("none");
        (await StatesAsync(ada, bob)).ShouldBe("none 0, none 0");
        (await bob.StepAsync("accept", connection)).ShouldBeProblem("not-invited");
    }

    [Fact]
    public async Task A_seen_invite_that_is_taken_back_leaves_a_contact_who_can_be_invited_or_cleared()
    {
        var (ada, bob) = await PairAsync();
        var connection = await ada.InvitesAsync(bob);
        (await bob.StepsAsync("see", connection)).ShouldBe("invited");
        await ada.StepsAsync("clear", connection);
        (await StatesAsync(ada, bob)).ShouldBe("none 0, contact 0");
        (await bob.EntryAsync()).FirstName.ShouldBe("Ada");

        // The contact invites in turn: the roles are swapped.
        (await bob.InvitesAsync(ada)).ShouldBe(connection);
        (await StatesAsync(ada, bob)).ShouldBe("invited 0, inviting 1");
        await bob.StepsAsync("clear", connection);
        (await StatesAsync(ada, bob)).ShouldBe("none 0, none 0");
    }

    [Fact]
    public async Task A_contact_can_be_cleared()
    {
        var (ada, bob) = await PairAsync();
        var connection = await ada.InvitesAsync(bob);
        await bob.StepsAsync("see", connection);
        await ada.StepsAsync("clear", connection);
        (await bob.StepsAsync("clear", connection)).ShouldBe("none");
        (await StatesAsync(ada, bob)).ShouldBe("none 0, none 0");
    }

    [Fact]
    public async Task Invites_that_cross_connect()
    {
        var (ada, bob) = await PairAsync();
        var connection = await ada.InvitesAsync(bob);
        var crossing = (await bob.InviteAsync(ada)).ShouldBe(201);
        crossing.String("state").ShouldBe("connected");
        crossing.Json.GetProperty("connectionId").GetGuid().ShouldBe(connection);
        (await StatesAsync(ada, bob)).ShouldBe("connected 1, connected 1");

        (await ada.InviteAsync(bob)).ShouldBeProblem("already-connected");
        (await bob.InviteAsync(ada)).ShouldBe(200).String("state").ShouldBe("connected");
    }

    [Fact]
    public async Task Who_crosses_an_invite_has_nobody_to_send_a_link_to()
    {
        var (ada, bob) = await PairAsync();
        await ada.InvitesAsync(bob);
        (await bob.InviteAsync(ada)).ShouldBe(201).Fields().ShouldBe("connectionId state inviteeHasApp phone");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Either_side_clears_a_connection_and_the_other_keeps_a_contact(bool inviterClears)
    {
        var (ada, bob) = await PairAsync();
        var connection = await ada.InvitesAsync(bob);
        await bob.StepsAsync("accept", connection);

        var (clearer, other) = inviterClears ? (ada, bob) : (bob, ada);
        (await clearer.StepsAsync("clear", connection)).ShouldBe("none");
        (await StatesAsync(clearer, other)).ShouldBe("none 0, contact 0");
        (await other.EntryAsync()).Peer.ShouldBeNull();
        (await clearer.StepsAsync("clear", connection)).ShouldBe("none");
        (await other.InviteAsync(clearer)).ShouldBe(201);
        (await StatesAsync(clearer, other)).ShouldBe("invited 0, inviting 1");
    }

    private async Task<(Phone Ada, Phone Bob)> PairAsync() =>
        (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob", "Babbage"));

    /// <summary>What each sees, and how many squares each uses, by his list and by <c>/me</c>.</summary>
    private static async Task<string> StatesAsync(Phone one, Phone other) => $"{await StateAsync(one)}, {await StateAsync(other)}";

    private static async Task<string> StateAsync(Phone phone)
    {
        var list = await phone.ListAsync();
        var me = (await phone.MeAsync()).ShouldBe(200);
        me.Json.GetProperty("squares").GetProperty("used").GetInt32().ShouldBe(list.Squares.Used);
        return $"{list.Connections.SingleOrDefault()?.State ?? "none"} {list.Squares.Used}";
    }
}

public sealed class InviteTests(ServerFixture fixture) : InviteStory(fixture), IClassFixture<ServerFixture>;

[Collection(EsdbFixture.OneByOne)]
public sealed class InviteTestsOnEventStoreDb(EsdbFixture fixture) : InviteStory(fixture), IClassFixture<EsdbFixture>;
