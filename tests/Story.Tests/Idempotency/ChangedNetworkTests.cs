using System.Net.Http.Json;
using Cqrs.Domain.Users;

namespace Cqrs.Story.Tests.Idempotency;

/// <summary>A phone repeats a request from another network: the key is about the registration, not about the address.</summary>
public sealed class ChangedNetworkTests : IAsyncLifetime
{
    private const string Home = "203.0.113.1";
    private const string Away = "198.51.100.7";

    private StoryServer server = null!;

    public async Task InitializeAsync() =>
        server = await StoryServer.StartAsync("--Proxies=127.0.0.1", "--Limits:Enabled=true", "--Limits:PerAddress=1000", "--Limits:PerNumber=100");

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task A_registration_repeated_from_another_address_sends_no_second_SMS()
    {
        var number = Phone.NewNumber();
        var first = await AskAsync(number, Home);
        Same(await AskAsync(number, Away), first);
        Same(await AskAsync(number, Away), first);
        (await EventsAsync<VerificationCodeIssued>()).ShouldBe(1);
        await server.CodeAsync(number, before: 0);
        (await server.SmsToAsync(number)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_resend_repeated_from_another_address_sends_one_SMS()
    {
        var id = (await AskAsync(Phone.NewNumber(), Home)).String("registrationId");
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        var sent = await SendAsync($"/registrations/{id}/resend", body: null, "again", Home);
        Same(await SendAsync($"/registrations/{id}/resend", body: null, "again", Away), sent.ShouldBe(202));
        (await EventsAsync<VerificationCodeIssued>()).ShouldBe(2);
    }

    [Fact]
    public async Task A_verification_repeated_from_another_address_gives_the_same_token()
    {
        var (id, code) = await AskedAsync();
        var verified = (await VerifyAsync(id, code, Home)).ShouldBe(200);
        Same(await VerifyAsync(id, code, Away), verified);
        (await EventsAsync<UserVerified>()).ShouldBe(1);
    }

    [Fact]
    public async Task A_verification_repeated_with_another_code_or_key_gives_no_token()
    {
        var (id, code) = await AskedAsync();
        (await VerifyAsync(id, code, Home)).ShouldBe(200);
        (await VerifyAsync(id, Other(code), Away)).ShouldBeProblem("idempotency-key-reused");
        (await VerifyAsync(id, code, Away, "another key")).ShouldBeProblem("code-expired");
    }

    [Fact]
    public async Task A_key_cannot_be_used_to_try_codes_without_counting_them()
    {
        var (id, code) = await AskedAsync();
        (await VerifyAsync(id, code, Home)).ShouldBe(200);
        for (var i = 1; i <= 5; i++) (await VerifyAsync(id, Other(code, i), Away)).ShouldBeProblem("idempotency-key-reused");
        (await VerifyAsync(id, code, Away)).ShouldBeProblem("idempotency-key-reused");
    }

    [Fact]
    public async Task Two_registrations_may_use_the_same_key()
    {
        var (one, other) = (await AskAsync(Phone.NewNumber(), Home), await AskAsync(Phone.NewNumber(), Home));
        other.String("registrationId").ShouldNotBe(one.String("registrationId"));
        foreach (var id in new[] { one.String("registrationId"), other.String("registrationId") })
            (await SendAsync($"/registrations/{id}/resend", body: null, "same", Home)).ShouldBeProblem("resend-too-soon", "retryAt");
    }

    [Fact]
    public async Task A_number_written_in_another_way_is_the_same_number_with_another_body()
    {
        (await RegisterAsync(new { firstName = "Ada", lastName = "", phone = "+4915121000077" }, Home)).ShouldBe(202);
        (await RegisterAsync(new { firstName = "Ada", lastName = "", phone = "0151 21000077", region = "DE" }, Away)).ShouldBeProblem("idempotency-key-reused");
    }

    [Fact]
    public async Task A_repetition_takes_nothing_from_the_limit_of_an_address()
    {
        await using var limited = await StoryServer.StartAsync("--Proxies=127.0.0.1", "--Limits:Enabled=true", "--Limits:PerAddress=1");
        var (number, another) = (Phone.NewNumber(), Phone.NewNumber());
        var first = (await AskAsync(number, Home, limited)).ShouldBe(202);
        Same(await AskAsync(number, Home, limited), first);
        (await AskAsync(another, Home, limited)).ShouldBeProblem("rate-limited", "retryAt");
        (await AskAsync(another, Away, limited)).ShouldBe(202);
    }

    [Fact]
    public async Task An_answer_that_asks_to_wait_is_not_kept_for_the_repetition()
    {
        var id = (await AskAsync(Phone.NewNumber(), Home)).String("registrationId");
        (await SendAsync($"/registrations/{id}/resend", body: null, "soon", Home)).ShouldBeProblem("resend-too-soon", "retryAt");
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        (await SendAsync($"/registrations/{id}/resend", body: null, "soon", Home)).ShouldBe(202);
    }

    private static string Other(string code, int by = 1) => $"{(int.Parse(code) + by) % 1_000_000:D6}";

    private static void Same(Answer answer, Answer first)
    {
        answer.ShouldBe(first.Status);
        answer.Body.ShouldBe(first.Body);
    }

    private async Task<(string Id, string Code)> AskedAsync()
    {
        var number = Phone.NewNumber();
        return ((await AskAsync(number, Home)).ShouldBe(202).String("registrationId"), await server.CodeAsync(number, before: 0));
    }

    private Task<Answer> AskAsync(string number, string address, StoryServer? at = null) =>
        RegisterAsync(new { firstName = "Ada", lastName = "", phone = number }, address, at);

    private Task<Answer> RegisterAsync(object body, string address, StoryServer? at = null) => SendAsync("/registrations", body, "ask", address, at);

    private Task<Answer> VerifyAsync(string id, string code, string address, string key = "verify") =>
        SendAsync($"/registrations/{id}/verify", new { code }, key, address);

    private Task<Answer> SendAsync(string path, object? body, string key, string address, StoryServer? at = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType()) };
        request.Headers.Add("Idempotency-Key", key);
        request.Headers.Add("X-Forwarded-For", address);
        return (at ?? server).SendAsync(request);
    }

    private async Task<int> EventsAsync<T>() => (await server.EventsAsync()).Count(e => e.Event is T);
}
