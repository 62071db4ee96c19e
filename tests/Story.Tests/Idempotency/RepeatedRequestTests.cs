using Cqrs.Domain.Connections;
using Cqrs.Domain.Users;

namespace Cqrs.Story.Tests.Idempotency;

public sealed class RepeatedRequestTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    public async Task A_registration_with_one_key_is_one(int times)
    {
        var (ada, key) = (Phone.Of(server), Guid.NewGuid().ToString());
        await SameAsync(times, () => ada.AskOnlyAsync(key));
        (await EventsOfAsync<PhoneClaimed>(ada.Number)).ShouldBe(1);
        (await EventsOfAsync<RegistrationRequested>(ada.Number)).ShouldBe(1);
        (await EventsOfAsync<VerificationCodeIssued>(ada.Number)).ShouldBe(1);
        await ada.CodeAsync();
        (await server.SmsToAsync(ada.Number)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    public async Task A_verification_with_one_key_gives_one_token(int times)
    {
        var (ada, key) = (Phone.Of(server), Guid.NewGuid().ToString());
        await ada.AskAsync();
        var code = await ada.CodeAsync();
        await SameAsync(times, () => ada.VerifyAsync(code, key));
        (await EventsOfAsync<UserVerified>(ada.Number)).ShouldBe(1);
        (await ada.MeAsync()).ShouldBe(200);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    public async Task An_invite_and_its_answer_with_one_key_are_one(int times)
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var invited = await SameAsync(times, () => ada.InviteAsync(bob, "invite"));
        invited.ShouldBe(201);
        var connection = invited.Json.GetProperty("connectionId").GetGuid();
        await SameAsync(times, () => bob.StepAsync("accept", connection, "accept"));

        var events = (await server.EventsAsync()).Where(e => e.Recorded.Stream == $"connection-{connection}").Select(e => e.Event.GetType());
        events.ShouldBe([typeof(InviteSent), typeof(InviteAccepted)]);
        (await ada.ListAsync()).Squares.Used.ShouldBe(1);
    }

    [Fact]
    public async Task The_answer_is_the_first_one_though_things_have_changed_since()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var invited = (await ada.InviteAsync(bob, "first")).ShouldBe(201);
        var connection = invited.Json.GetProperty("connectionId").GetGuid();
        var seen = (await bob.StepAsync("see", connection, "see")).ShouldBe(200);
        await bob.StepsAsync("accept", connection);
        await ada.StepsAsync("clear", connection);

        Same(await ada.InviteAsync(bob, "first"), invited);
        Same(await bob.StepAsync("see", connection, "see"), seen);
        (await ada.ListAsync()).Connections.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refused_answer_is_repeated_too()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var connection = await ada.InvitesAsync(bob);
        var refused = (await ada.StepAsync("acknowledge", connection, "too early")).ShouldBeProblem("not-rejected");
        await bob.StepsAsync("reject", connection);

        Same(await ada.StepAsync("acknowledge", connection, "too early"), refused);
        (await ada.EntryAsync()).State.ShouldBe("rejected");
    }

    [Fact]
    public async Task A_wrong_code_with_one_key_is_one_try()
    {
        var ada = Phone.Of(server);
        await ada.AskAsync();
        var wrong = await ada.CodeAsync() == "000000" ? "000001" : "000000";
        var first = (await ada.VerifyAsync(wrong, "try " + ada.Number)).ShouldBeProblem("wrong-code", "attemptsLeft");
        foreach (var _ in Enumerable.Range(0, 6)) Same(await ada.VerifyAsync(wrong, "try " + ada.Number), first);
        (await ada.VerifyAsync(wrong)).ShouldBeProblem("wrong-code", "attemptsLeft").Json.GetProperty("attemptsLeft").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task A_resend_with_one_key_sends_once()
    {
        var ada = Phone.Of(server);
        await ada.AskAsync();
        await ada.CodeAsync();
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        await SameAsync(3, () => ada.ResendAsync("again " + ada.Number));
        (await EventsOfAsync<VerificationCodeIssued>(ada.Number)).ShouldBe(2);
    }

    [Fact]
    public async Task A_revocation_repeated_answers_again_though_its_token_is_dead()
    {
        var ada = await Phone.RegisteredAsync(server);
        foreach (var _ in Enumerable.Range(0, 3)) (await ada.PostAsync("/me/tokens/revoke", key: "out")).ShouldBe(204);
        (await EventsOfAsync<TokensRevoked>(ada.Number)).ShouldBe(1);
        (await ada.PostAsync("/me/tokens/revoke", key: "other")).ShouldBeProblem("unauthorized");
    }

    [Fact]
    public async Task A_verification_repeated_makes_no_good_token_of_a_revoked_one()
    {
        var ada = Phone.Of(server);
        await ada.AskAsync();
        var (code, key) = (await ada.CodeAsync(), Guid.NewGuid().ToString());
        var verified = (await ada.VerifyAsync(code, key)).ShouldBe(200);
        (await ada.PostAsync("/me/tokens/revoke")).ShouldBe(204);

        (await ada.VerifyAsync(code, key)).ShouldBe(200).Body.ShouldBe(verified.Body);
        (await ada.GetAsync("/me", server.Seen)).ShouldBeProblem("unauthorized");
        (await ada.PostAsync("/me/tokens/revoke")).ShouldBeProblem("unauthorized");
    }

    private static async Task<Answer> SameAsync(int times, Func<Task<Answer>> send)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, times).Select(_ => send()));
        answers[0].Status.ShouldBeInRange(200, 299);
        foreach (var answer in answers[1..]) Same(answer, answers[0]);
        return answers[0];
    }

    private static void Same(Answer answer, Answer first)
    {
        answer.ShouldBe(first.Status);
        answer.Body.ShouldBe(first.Body);
        (answer.ContentType, answer.Position, answer.Header("Retry-After")).ShouldBe((first.ContentType, first.Position, first.Header("Retry-After")));
    }

    /// <summary>How many events of one kind the user has who registered with the number, or the number itself.</summary>
    private async Task<int> EventsOfAsync<T>(string number)
    {
        var events = await server.EventsAsync();
        var user = events.Select(e => e.Event).OfType<RegistrationRequested>().First(e => e.Phone.Text == number).User;
        return events.Count(e => e.Event is T && (e.Recorded.Stream == $"user-{user}" || e.Event is PhoneClaimed claimed && claimed.User == user));
    }
}
