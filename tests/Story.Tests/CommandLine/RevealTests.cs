using System.Text.Json;
using Cqrs.Cli.CommandLine;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>--reveal</c>: shows personal data, and is on record before it does.</summary>
public sealed class RevealTests : IAsyncLifetime
{
    private readonly AcquaintedFixture _story = new();

    public Task InitializeAsync() => _story.InitializeAsync();

    public Task DisposeAsync() => _story.DisposeAsync();

    [Fact]
    public async Task Replay_shows_names_and_numbers_and_who_was_forgotten_stays_erased()
    {
        var rows = (await RunAsync("events", "replay", "--type", "user-verified.v1", "--reveal", "--format", "jsonl")).ShouldSucceed().Rows;

        rows.Select(row => Data(row, "firstName")).ShouldBe(["Ada", "Bob", "erased"]);
        rows.Select(row => Data(row, "phone")).ShouldBe([_story.Ada.Number, _story.Bob.Number, "erased"]);
    }

    [Fact]
    public async Task State_and_export_show_them_too()
    {
        (await RunAsync("state", $"user-{_story.Ada.UserId}", "--reveal")).ShouldSucceed().Output.ShouldContain("Lovelace");
        (await RunAsync("state", $"user-{_story.Eve}", "--reveal")).ShouldSucceed().Output.ShouldNotContain("Byron");

        var file = Path.Combine(_story.Server.Data.Path, "clear.csv");
        (await RunAsync("events", "export", "--to", file, "--reveal")).ShouldSucceed();
        (await File.ReadAllTextAsync(file)).ShouldContain("Lovelace");
        (await AuditsAsync()).Select(row => Data(row, "command")).ShouldBe(["state", "state", "events export"]);
    }

    [Fact]
    public async Task It_is_on_record_who_asked_what_for_and_for_what()
    {
        await RunAsync("events", "replay", "--category", "user", "--limit", "1", "--reveal", "--reason", "ticket 4711");
        await RunAsync("events", "replay", "--limit", "1", "--reveal");

        var audits = await AuditsAsync();
        Data(audits[0], "command").ShouldBe("events replay");
        Data(audits[0], "asked").ShouldBe("category=user limit=1");
        Data(audits[0], "login").ShouldBe("•••");
        Data(audits[0], "reason").ShouldBe("•••");
        Data(audits[1], "operator").ShouldBe(Data(audits[0], "operator"), "the same login");
        audits[1].GetProperty("data").TryGetProperty("reason", out _).ShouldBeFalse();

        var clear = (await RunAsync("events", "replay", "--category", "audit", "--limit", "1", "--reveal", "--format", "jsonl")).Rows[0];
        Data(clear, "login").ShouldBe($"{Environment.UserName}@{Environment.MachineName}");
        Data(clear, "reason").ShouldBe("ticket 4711");
    }

    [Fact]
    public async Task Nothing_personal_that_was_typed_is_recorded()
    {
        await RunAsync("events", "replay", "--type", _story.Ada.Number, "--category", "Lovelace", "--reveal", "--reason", _story.Bob.Number);

        var recorded = (await _story.Server.RecordedAsync()).Single(e => e.Stream.StartsWith("audit-", StringComparison.Ordinal));
        var stored = System.Text.Encoding.UTF8.GetString(recorded.Data.Span);
        foreach (var secret in new[] { _story.Ada.Number, _story.Bob.Number, "Lovelace", $"{Environment.UserName}@{Environment.MachineName}" }) stored.ShouldNotContain(secret);
        stored.ShouldContain("\"asked\":\"category=unknown type=unknown\"");
    }

    [Fact]
    public async Task A_stream_that_is_not_there_is_neither_shown_nor_recorded()
    {
        (await RunAsync("events", "replay", "--stream", $"phone-{_story.Ada.Number}", "--reveal")).ShouldFail(ExitCodes.NoInput, "There is no stream");
        (await RunAsync("state", $"user-{Guid.NewGuid()}", "--reveal")).ShouldFail(ExitCodes.NoInput, "There is no stream");
        (await AuditsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_shown_when_it_cannot_be_recorded()
    {
        // Somebody who was forgotten can be recorded no more, and so sees nothing.
        await RunAsync("events", "replay", "--limit", "1", "--reveal");
        var login = Guid.Parse(Data((await AuditsAsync()).Single(), "operator"));
        await _story.Server.ForgetKeyAsync(login);

        (await RunAsync("events", "replay", "--reveal")).ShouldFail(ExitCodes.Io, "has been forgotten");
        (await RunAsync("state", $"user-{_story.Ada.UserId}", "--reveal")).ShouldFail(ExitCodes.Io, "has been forgotten");
        var file = Path.Combine(_story.Server.Data.Path, "clear.jsonl");
        (await RunAsync("events", "export", "--to", file, "--reveal")).ShouldFail(ExitCodes.Io, "has been forgotten");
        File.Exists(file).ShouldBeFalse();
        (await AuditsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_reason_without_a_reveal_is_a_mistake() =>
        (await RunAsync("events", "replay", "--reason", "curious")).ShouldFail(ExitCodes.Usage, "--reason says what --reveal is for");

    [Fact]
    public async Task The_server_takes_no_notice_of_it()
    {
        await RunAsync("events", "replay", "--limit", "1", "--reveal");

        var newcomer = await Phone.RegisteredAsync(_story.Server, "Gil", "Menabrea");
        (await newcomer.ListAsync()).Connections.ShouldBeEmpty();
        (await _story.Server.GetAsync("/health/ready")).ShouldBe(200);
    }

    private Task<Outcome> RunAsync(params string[] args) => CqrsShell.RunAsync(_story.Server, args);

    private async Task<IReadOnlyList<JsonElement>> AuditsAsync() =>
        (await RunAsync("events", "replay", "--category", "audit", "--format", "jsonl")).ShouldSucceed().Rows;

    private static string Data(JsonElement row, string field) => row.GetProperty("data").GetProperty(field).GetString()!;
}
