using Cqrs.Domain.Users;

namespace Cqrs.Story.Tests.Codes;

/// <summary>A code as it is pasted from an SMS or typed on another keyboard.</summary>
public sealed class PastedCodeTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Theory]
    [InlineData(" {0}{1}{2} {3}{4}{5}\n")]
    [InlineData("{0}{1}{2}-{3}{4}{5}")]
    [InlineData("{0}{1}{2}\u2013{3}{4}{5}")]
    [InlineData("{0} {1}\u00A0{2}\u2009{3}\t{4} {5}")]
    [InlineData("\u200E{0}{1}{2}{3}{4}{5}\u200F")]
    public async Task Spaces_and_dashes_in_a_code_are_passed_over(string form) => await WorksAsync(form, '0');

    [Theory]
    [InlineData('\uFF10')] // full-width
    [InlineData('\u0660')] // Arabic-Indic
    [InlineData('\u06F0')] // extended Arabic-Indic
    [InlineData('\u0966')] // Devanagari
    public async Task Digits_of_other_scripts_are_understood(char zero) => await WorksAsync("{0}{1}{2} {3}{4}{5}", zero);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("12345a")]
    [InlineData("12345.6")]
    [InlineData("\u00B923456")] // a superscript is no digit of a code
    [InlineData("\u2167\u216723456")]
    [InlineData("123456 is your code")]
    public async Task What_is_no_code_names_the_field_and_costs_no_try(string typed)
    {
        var (ada, code) = await AskedAsync();
        foreach (var text in new[] { typed, new string('1', 10_000), "12 34 56" + new string(' ', 1000) })
        {
            for (var i = 0; i < 6; i++)
                (await ada.VerifyAsync(text)).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe("code");
        }

        (await server.EventsAsync()).Count(e => e.Event is WrongCodeEntered wrong && wrong.Attempt == Attempt(ada)).ShouldBe(0);
        (await ada.VerifyAsync(code)).ShouldBe(200);

        Guid Attempt(Phone phone) => server.EventsAsync().Result.Select(e => e.Event).OfType<RegistrationRequested>().Last(e => e.Phone.Text == phone.Number).Attempt;
    }

    [Fact]
    public async Task A_wrong_code_costs_a_try_in_whatever_form_it_is_typed()
    {
        var (ada, code) = await AskedAsync();
        var wrong = $"{(int.Parse(code) + 1) % 1_000_000:D6}";
        (await ada.VerifyAsync($"{wrong[..3]} {wrong[3..]}")).ShouldBeProblem("wrong-code", "attemptsLeft").Json.GetProperty("attemptsLeft").GetInt32().ShouldBe(4);
    }

    private async Task WorksAsync(string form, char zero)
    {
        var (ada, code) = await AskedAsync();
        (await ada.VerifyAsync(string.Format(form, [.. code.Select(digit => (object)(char)(zero + digit - '0'))]))).ShouldBe(200);
    }

    private async Task<(Phone Phone, string Code)> AskedAsync()
    {
        var ada = Phone.Of(server);
        (await ada.AskAsync()).ShouldBe(202);
        return (ada, await ada.CodeAsync());
    }
}
