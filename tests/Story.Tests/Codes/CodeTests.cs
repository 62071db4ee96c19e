using Cqrs.Domain.Users;

namespace Cqrs.Story.Tests.Codes;

public sealed class CodeTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task Five_wrong_tries_end_a_code_and_a_new_one_works()
    {
        var (ada, code) = await AskedAsync();
        for (var left = 4; left >= 0; left--)
        {
            var wrong = (await ada.VerifyAsync(Other(code))).ShouldBeProblem("wrong-code", "attemptsLeft");
            wrong.Json.GetProperty("attemptsLeft").GetInt32().ShouldBe(left);
        }

        (await ada.VerifyAsync(Other(code))).ShouldBeProblem("too-many-attempts");
        (await ada.VerifyAsync(code)).ShouldBeProblem("too-many-attempts");

        server.Clock.Advance(TimeSpan.FromMinutes(1));
        (await ada.ResendAsync()).ShouldBe(202);
        (await ada.VerifyAsync(await ada.CodeAsync())).ShouldBe(200);
    }

    [Fact]
    public async Task Fifty_who_guess_at_once_have_five_tries_and_then_the_right_code_is_refused_too()
    {
        var (ada, code) = await AskedAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(guess => ada.VerifyAsync(Other(code, guess))));

        answers.Where(answer => answer.Status == 422).Select(answer => answer.Json.GetProperty("attemptsLeft").GetInt32())
            .Order().ShouldBe([0, 1, 2, 3, 4]);
        foreach (var refused in answers.Where(answer => answer.Status != 422)) refused.ShouldBeProblem("too-many-attempts");
        (await ada.VerifyAsync(code)).ShouldBeProblem("too-many-attempts");

        var events = await server.EventsAsync();
        var user = events.Select(e => e.Event).OfType<RegistrationRequested>().Single(e => e.Phone.Text == ada.Number).User;
        events.Count(e => e.Event is WrongCodeEntered wrong && wrong.User == user).ShouldBe(5);
    }

    [Fact]
    public async Task A_code_works_for_ten_minutes()
    {
        var (ada, code) = await AskedAsync();
        server.Clock.Advance(TimeSpan.FromMinutes(10));
        (await ada.VerifyAsync(code)).ShouldBeProblem("code-expired");

        (await ada.ResendAsync()).ShouldBe(202);
        server.Clock.Advance(TimeSpan.FromMinutes(9));
        (await ada.VerifyAsync(await ada.CodeAsync())).ShouldBe(200);
    }

    [Fact]
    public async Task A_code_works_once()
    {
        var (ada, code) = await AskedAsync();
        (await ada.VerifyAsync(code)).ShouldBe(200);
        (await ada.VerifyAsync(code)).ShouldBeProblem("code-expired");
        (await ada.ResendAsync()).ShouldBeProblem("code-expired");
    }

    [Fact]
    public async Task The_next_code_may_be_asked_for_after_1_2_5_and_10_minutes_and_five_are_all()
    {
        var (ada, first) = await AskedAsync();
        var wait = (await ada.ResendAsync()).ShouldBeProblem("resend-too-soon", "retryAt");
        int.Parse(wait.Header("Retry-After")!).ShouldBeInRange(1, 60);

        foreach (var minutes in new[] { 1, 2, 5, 10 })
        {
            server.Clock.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(30));
            (await ada.ResendAsync()).ShouldBeProblem("resend-too-soon", "retryAt");
            server.Clock.Advance(TimeSpan.FromSeconds(30));
            var sent = (await ada.ResendAsync()).ShouldBe(202);
            sent.Fields().ShouldBe("registrationId phone expiresAt resendAt");
            sent.String("registrationId").ShouldBe(ada.RegistrationId);
            await ada.CodeAsync();
        }

        server.Clock.Advance(TimeSpan.FromMinutes(9));
        (await ada.ResendAsync()).ShouldBeProblem("rate-limited");
        var newest = await server.CodeAsync(ada.Number, before: 4);
        if (first != newest) (await ada.VerifyAsync(first)).ShouldBeProblem("wrong-code", "attemptsLeft");
        (await ada.VerifyAsync(newest)).ShouldBe(200);
    }

    private async Task<(Phone Phone, string Code)> AskedAsync()
    {
        var ada = Phone.Of(server);
        (await ada.AskAsync()).ShouldBe(202);
        return (ada, await ada.CodeAsync());
    }

    /// <summary>A code of six digits that is not the right one.</summary>
    private static string Other(string code, int by = 0) => $"{(int.Parse(code) + 1 + by) % 1_000_000:D6}";
}
