using Cqrs.Cli.CommandLine;
using Cqrs.Domain.Tokens;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs keys new</c>.</summary>
public sealed class NewKeyTests
{
    [Fact]
    public async Task Both_keys_are_printed_in_the_form_of_their_settings_and_differ_each_time()
    {
        var (first, second) = (await NewAsync("--format", "jsonl"), await NewAsync("--format", "jsonl"));
        first.Rows.Select(row => row.GetProperty("setting").GetString()).ShouldBe(["Secrets:Master", "Secrets:Tokens"]);
        var values = first.Rows.Concat(second.Rows).Select(row => row.GetProperty("value").GetString()!).ToList();
        values.Distinct(StringComparer.Ordinal).Count().ShouldBe(4);
        MasterKeys.Parse($"{values[0]},{values[2]}").All.Count.ShouldBe(2);
        TokenKeys.TryParse(values[1], out var tokens, out var fault).ShouldBeTrue(fault);
        tokens!.SigningKeyId.ShouldBe((byte)1, "0 is the id of the key that a server makes itself");
    }

    [Theory]
    [InlineData("master")]
    [InlineData("tokens")]
    public async Task For_one_setting_the_value_is_all_that_is_printed(string purpose)
    {
        var line = (await NewAsync("--for", purpose)).Lines.ShouldHaveSingleItem();
        if (purpose == "master") MasterKeys.Parse(line).All.ShouldHaveSingleItem();
        else TokenKeys.TryParse(line, out _, out _).ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_starts_with_what_is_printed()
    {
        var (master, tokens) = ((await NewAsync("--for", "master")).Lines[0], (await NewAsync("--for", "tokens")).Lines[0]);
        await using var server = await StoryServer.StartAsync($"--Secrets:Master={master}", $"--Secrets:Tokens={tokens}");
        (await (await Phone.RegisteredAsync(server)).MeAsync()).ShouldBe(200);
    }

    [Fact]
    public async Task Another_purpose_is_a_wrong_option() =>
        (await CqrsShell.RunAsync(["keys", "new", "--for", "doors"])).ExitCode.ShouldBe(ExitCodes.Usage);

    private static async Task<Outcome> NewAsync(params string[] options) => (await CqrsShell.RunAsync(["keys", "new", .. options])).ShouldSucceed();
}
