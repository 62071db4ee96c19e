using Cqrs.Domain.Registration;

namespace Cqrs.Story.Tests.Contract;

public sealed class RegistrationContractTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task A_registration_answers_where_the_code_went_and_until_when()
    {
        var ada = Phone.Of(server);
        var before = server.Clock.GetUtcNow();
        var answer = (await ada.AskAsync()).ShouldBe(202);

        answer.ContentType.ShouldBe("application/json; charset=utf-8");
        answer.Headers.CacheControl!.ToString().ShouldBe("no-store");
        answer.Position.ShouldBeGreaterThan(0);
        answer.Fields().ShouldBe("registrationId phone expiresAt resendAt");
        answer.String("registrationId").ShouldMatch(@"\A[A-Za-z0-9_-]{80}\z");
        answer.String("phone").ShouldBe(ada.Number);
        var (expires, resend) = (answer.String("expiresAt"), answer.String("resendAt"));
        expires.ShouldMatch(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z");
        (DateTimeOffset.Parse(expires) - before - RegistrationRules.CodeLives).TotalSeconds.ShouldBeInRange(-0.001, 30);
        (DateTimeOffset.Parse(expires) - DateTimeOffset.Parse(resend)).ShouldBe(TimeSpan.FromMinutes(9));
    }

    [Fact]
    public async Task The_right_code_answers_user_token_and_mailbox_key()
    {
        var ada = Phone.Of(server);
        await ada.AskAsync();
        var answer = (await ada.VerifyAsync(await ada.CodeAsync())).ShouldBe(200);

        answer.Fields().ShouldBe("userId authToken mailboxKey");
        answer.String("authToken").ShouldMatch(@"\A[A-Za-z0-9_-]{104}\z");
        answer.String("mailboxKey").ShouldMatch(@"\A[A-Za-z0-9_-]{43}\z");
        answer.Position.ShouldBeGreaterThan(0);
        (await ada.GetAsync("/me", answer.Position)).ShouldBe(200);
    }

    [Fact]
    public async Task Known_and_unknown_numbers_get_the_same_answer()
    {
        var known = await Phone.RegisteredAsync(server);
        var (one, other) = (await known.AskAsync(), await Phone.Of(server).AskAsync());
        one.ShouldBe(202).Fields().ShouldBe(other.ShouldBe(202).Fields());
        one.String("registrationId").Length.ShouldBe(other.String("registrationId").Length);
    }

    [Theory]
    [InlineData("(0151) 21 00 00 01", "DE", "+4915121000001")]
    [InlineData("07400 123456", "GB", "+447400123456")]
    [InlineData("00 44 7400 123457", "DE", "+447400123457")]
    public async Task A_number_without_country_is_completed_from_the_region(string phone, string region, string completed) =>
        (await Register(new { firstName = "Ada", lastName = "", phone, region })).ShouldBe(202).String("phone").ShouldBe(completed);

    [Theory]
    [InlineData("12", "DE")]
    [InlineData("hello", "DE")]
    [InlineData("0151 21000001", null)]
    [InlineData("0151 21000001", "QQ")]
    [InlineData("", "DE")]
    public async Task No_possible_number_is_refused(string phone, string? region) =>
        (await Register(new { firstName = "Ada", lastName = "", phone, region })).ShouldBeProblem("invalid-phone");

    [Theory]
    [InlineData("", "")]
    [InlineData("   ", "Lovelace")]
    [InlineData("Ada\n", "Love\u0007lace")]
    public async Task No_possible_name_is_refused(string firstName, string lastName) =>
        (await Register(new { firstName, lastName, phone = Phone.NewNumber() })).ShouldBeProblem("invalid-name");

    [Theory]
    [InlineData("nonsense")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task An_id_that_this_server_did_not_make_is_unknown(string id)
    {
        var nobody = Phone.Of(server);
        (await nobody.PostAsync($"/registrations/{id}/verify", new { code = "123456" })).ShouldBeProblem("unknown-registration");
        (await nobody.PostAsync($"/registrations/{id}/resend")).ShouldBeProblem("unknown-registration");
    }

    [Fact]
    public async Task Unknown_fields_are_passed_over()
    {
        var body = new { firstName = "Ada", lastName = "", phone = Phone.NewNumber(), region = "DE", shoeSize = 38, more = new { deep = new[] { 1 } } };
        (await Register(body)).ShouldBe(202);
    }

    private Task<Answer> Register(object body) => Phone.Of(server).PostAsync("/registrations", body, token: "");
}
