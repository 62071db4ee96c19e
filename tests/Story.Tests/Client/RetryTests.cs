using Cqrs.Client;
using Cqrs.Client.Http;
using Cqrs.Client.Registration;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Story.Tests.Client.Fakes;
using static Cqrs.Story.Tests.Client.Fakes.ScriptedServer;

namespace Cqrs.Story.Tests.Client;

/// <summary>What is tried again, how, and what is not.</summary>
public sealed class RetryTests
{
    private const string Stepped = """{"connectionId":"9782bacc-3d04-836a-bfdc-f6389e0665b2","state":"connected"}""";
    private static readonly ConnectionId Connection = new(new("9782bacc-3d04-836a-bfdc-f6389e0665b2"));

    private readonly ScriptedServer server = new();

    private UserClient Ada => server.App.SignIn(new(new(Guid.NewGuid()), "secret-token", MailboxKey.Read(new byte[32])));

    [Fact]
    public async Task A_call_is_sent_again_with_the_same_key_until_it_is_answered()
    {
        server.Answers(Problem("request-timeout", 408), null, Problem("internal-error", 500), Json(Stepped));
        (await Ada.Connections.AcceptAsync(Connection)).ShouldBe(ConnectionView.Connected);

        server.Received.Select(call => call.ToString()).Distinct().ShouldBe([$"POST /connections/{Connection}/accept"]);
        server.Received.Count.ShouldBe(4);
        server.Received.Select(call => call.Header("Idempotency-Key")).Distinct().ShouldHaveSingleItem().ShouldNotBeNullOrEmpty();
        server.Received.Select(call => call.Header("Authorization")).Distinct().ShouldBe(["Bearer secret-token"]);
    }

    [Fact]
    public async Task Another_call_has_another_key()
    {
        server.Answers(Json(Stepped), Json(Stepped));
        await Ada.Connections.AcceptAsync(Connection);
        await Ada.Connections.AcceptAsync(Connection);
        server.Received.Select(call => call.Header("Idempotency-Key")).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task After_five_tries_it_gives_up_and_says_so()
    {
        var refused = await Should.ThrowAsync<ApiException>(() => Ada.Connections.ListAsync());
        (refused.Code, refused.Status, refused.Tries).ShouldBe((ApiException.Unreachable, 0, 5));
        refused.IsTransient.ShouldBeTrue();
        server.Received.Count.ShouldBe(5);
        server.Clock.Waits.Count.ShouldBe(4);
        for (var wait = 0; wait < 4; wait++)
            server.Clock.Waits[wait].TotalMilliseconds.ShouldBeInRange(100 << wait, 200 << wait);
    }

    [Fact]
    public async Task A_wait_that_the_server_asks_for_is_waited()
    {
        server.Answers(Problem("storage-unavailable", 503, retryAfter: 7), Json(Stepped));
        await Ada.Connections.SeeAsync(Connection);
        server.Clock.Waits.ShouldBe([TimeSpan.FromSeconds(7)]);
    }

    [Fact]
    public async Task A_longer_wait_than_there_is_patience_is_left_to_the_app()
    {
        server.Answers(Problem("storage-unavailable", 503, retryAfter: 600));
        var refused = await Should.ThrowAsync<ApiException>(() => Ada.Connections.SeeAsync(Connection));
        (refused.Code, refused.Status, refused.RetryAfter).ShouldBe(("storage-unavailable", 503, TimeSpan.FromMinutes(10)));
        server.Clock.Waits.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_refused_is_not_repeated()
    {
        server.Answers(
            Problem("invalid-request", 400, ""","field":"phone" """),
            Problem("wrong-code", 422, ""","attemptsLeft":3"""),
            Problem("resend-too-soon", 429, retryAfter: 60));

        var invalid = await Should.ThrowAsync<ApiException>(() => Ada.Connections.InviteAsync("Bob", "", "+1"));
        (invalid.Code, invalid.Status, invalid.Field).ShouldBe(("invalid-request", 400, "phone"));
        var wrong = await Should.ThrowAsync<ApiException>(() => server.App.VerifyAsync("id", "123456"));
        (wrong.Code, wrong.Status, wrong.AttemptsLeft).ShouldBe(("wrong-code", 422, 3));
        var early = await Should.ThrowAsync<ApiException>(() => server.App.ResendAsync("id"));
        (early.Code, early.Status, early.RetryAfter).ShouldBe(("resend-too-soon", 429, TimeSpan.FromMinutes(1)));
        server.Received.Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_something_between_says_is_not_repeated_in_the_error()
    {
        server.Script = _ => new(System.Net.HttpStatusCode.BadGateway) { Content = new StringContent("<html>nobody knows</html>") };
        var refused = await Should.ThrowAsync<ApiException>(() => Ada.MeAsync());
        refused.Code.ShouldBe("http-502");
        refused.ToString().ShouldNotContain("nobody knows");
        server.Received.Count.ShouldBe(5);
    }

    [Fact]
    public async Task An_answer_that_is_none_of_the_contract_is_told_without_its_text()
    {
        server.Answers(Json("""{"connectionId":"secret","state":"connected"}"""));
        var refused = await Should.ThrowAsync<ApiException>(() => Ada.Connections.ClearAsync(Connection));
        (refused.Code, refused.Status).ShouldBe((ApiException.InvalidAnswer, 200));
        refused.ToString().ShouldNotContain("secret");
    }

    [Fact]
    public async Task Leaving_is_done_when_its_lost_answer_turns_out_to_have_been_yes()
    {
        server.Answers(null, Problem("unauthorized", 401));
        await Ada.ForgetMeAsync();
        server.Answers(Problem("unauthorized", 401));
        (await Should.ThrowAsync<ApiException>(() => Ada.ForgetMeAsync())).Code.ShouldBe("unauthorized");
    }

    [Fact]
    public async Task Who_cancels_is_not_kept_waiting()
    {
        using var cancel = new CancellationTokenSource();
        server.Script = _ =>
        {
            cancel.Cancel();
            return null;
        };
        await Should.ThrowAsync<OperationCanceledException>(() => Ada.MeAsync(cancel.Token));
        server.Received.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_phone_reads_its_own_writes_and_knows_what_it_has()
    {
        var written = Json(Stepped);
        written.Headers.Add("Cqrs-Position", "41");
        var list = Json("""{"version":40,"squares":{"used":0,"of":8},"connections":[]}""");
        list.Headers.Add("Cqrs-Position", "38");
        list.Headers.Add("ETag", "\"40\"");
        server.Answers(written, list, new HttpResponseMessage(System.Net.HttpStatusCode.NotModified));
        var ada = Ada;
        await ada.Connections.AcceptAsync(Connection);
        var first = await ada.Connections.ListAsync();
        (await ada.Connections.ListAsync()).ShouldBeSameAs(first);

        server.Received.Select(call => call.Header("Cqrs-Min-Position")).ShouldBe([null, "41", "41"]);
        server.Received.Select(call => call.Header("If-None-Match")).ShouldBe([null, null, "\"40\""]);
    }

    [Fact]
    public void Secrets_print_as_words()
    {
        var key = MailboxKey.Read(new byte[32]);
        var credentials = new Credentials(new(Guid.Empty), "secret-token", key);
        $"{credentials} {server.App.SignIn(credentials)} {credentials.MailboxKey}"
            .ShouldBe($"credentials of {Guid.Empty} user {Guid.Empty} mailbox key");
        new PendingRegistration("secret", "+14155550171", default, default).ToString().ShouldBe("pending registration");
    }
}
