namespace Cqrs.Story.Tests.Idempotency;

public sealed class KeyTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task A_key_with_another_body_or_route_is_refused_and_does_nothing()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var connection = (await ada.InviteAsync(bob, "key")).ShouldBe(201).Json.GetProperty("connectionId").GetGuid();
        var head = await server.HeadAsync();

        (await ada.InviteAsync("Bobby", "", bob.Number, "key")).ShouldBeProblem("idempotency-key-reused");
        (await ada.InviteAsync(Phone.Of(server, "Carl"), "key")).ShouldBeProblem("idempotency-key-reused");
        (await ada.StepAsync("clear", connection, "key")).ShouldBeProblem("idempotency-key-reused");
        (await ada.PostAsync("/me/tokens/revoke", key: "key")).ShouldBeProblem("idempotency-key-reused");
        (await server.HeadAsync()).ShouldBe(head);
    }

    [Fact]
    public async Task A_key_of_one_caller_means_nothing_to_another()
    {
        var (ada, eve) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Eve"));
        var bob = await Phone.RegisteredAsync(server, "Bob");
        var mine = (await ada.InviteAsync(bob, "1")).ShouldBe(201);
        var hers = (await eve.InviteAsync(bob, "1")).ShouldBe(201);
        hers.String("connectionId").ShouldNotBe(mine.String("connectionId"));
        (await bob.InviteAsync(Phone.Of(server, "Carl"), "1")).ShouldBe(201);
    }

    [Fact]
    public async Task A_key_has_1_to_128_characters()
    {
        var ada = await Phone.RegisteredAsync(server);
        var bob = Phone.Of(server, "Bob");
        var head = await server.HeadAsync();
        (await ada.InviteAsync(bob, new string('k', 129))).ShouldBeProblem("invalid-request");
        (await ada.InviteAsync(bob, "")).ShouldBeProblem("invalid-request");
        (await server.HeadAsync()).ShouldBe(head);
        (await ada.InviteAsync(bob, new string('k', 128))).ShouldBe(201);
    }

    [Fact]
    public async Task Without_a_key_the_same_request_is_a_new_one_that_finds_it_done()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), Phone.Of(server, "Bob"));
        (await ada.InviteAsync(bob)).ShouldBe(201);
        var head = await server.HeadAsync();
        (await ada.InviteAsync(bob)).ShouldBe(200);
        (await server.HeadAsync()).ShouldBe(head);
    }

    [Fact]
    public async Task After_a_restart_on_the_same_data_the_answers_are_the_same()
    {
        await using var restarted = await StoryServer.StartAsync();
        var (ada, bob) = (Phone.Of(restarted), await Phone.RegisteredAsync(restarted, "Bob"));
        var asked = (await ada.AskAsync("ask")).ShouldBe(202);
        var code = await ada.CodeAsync();
        var wrong = (await ada.VerifyAsync(code == "000000" ? "000001" : "000000", "wrong")).ShouldBeProblem("wrong-code", "attemptsLeft");
        var verified = (await ada.VerifyAsync(code, "verify")).ShouldBe(200);
        var invited = (await ada.InviteAsync(bob, "invite")).ShouldBe(201);
        var refused = (await ada.InviteAsync("Me", "", ada.Number, "me")).ShouldBeProblem("cannot-invite-yourself");
        var events = (await restarted.RecordedAsync()).Count;

        await restarted.RestartAsync();
        (await ada.AskOnlyAsync("ask")).ShouldBe(asked.Status).Body.ShouldBe(asked.Body);
        (await ada.VerifyAsync(code == "000000" ? "000001" : "000000", "wrong")).ShouldBe(wrong.Status).Body.ShouldBe(wrong.Body);
        (await ada.VerifyAsync(code, "verify")).ShouldBe(verified.Status).Body.ShouldBe(verified.Body);
        (await ada.InviteAsync(bob, "invite")).ShouldBe(invited.Status).Body.ShouldBe(invited.Body);
        (await ada.InviteAsync("Me", "", ada.Number, "me")).ShouldBe(refused.Status).Body.ShouldBe(refused.Body);
        (await restarted.RecordedAsync()).Count.ShouldBe(events);
        (await bob.EntryAsync()).State.ShouldBe("invited");
    }
}
