using System.Globalization;
using System.Text.Json;
using Cqrs.Cli.CommandLine;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs state</c> beside a running server.</summary>
public sealed class StateTests(AcquaintedFixture story) : IClassFixture<AcquaintedFixture>
{
    [Fact]
    public async Task What_a_connection_has_come_to()
    {
        var row = (await StateAsync($"connection-{story.Connection}")).Rows.Single();

        row.GetProperty("version").GetInt64().ShouldBe(2);
        row.GetProperty("state").GetProperty("phase").GetString().ShouldBe("connected");
        row.GetProperty("state").GetProperty("invite").GetProperty("inviter").GetGuid().ShouldBe(story.Ada.UserId);
        row.GetProperty("state").GetProperty("invite").GetProperty("firstName").GetString().ShouldBe("•••");
    }

    [Fact]
    public async Task What_it_was_at_a_version_and_at_a_time()
    {
        var stream = $"connection-{story.Connection}";
        Phase((await StateAsync(stream, "--at", "0")).Rows.Single()).ShouldBe("inviting");

        var sent = (await story.Server.RecordedAsync()).Single(e => e.Type == "invite-sent.v1").Created;
        Phase((await StateAsync(stream, "--at", sent.ToString("O", CultureInfo.InvariantCulture))).Rows[0]).ShouldBeOneOf("inviting", "connected");
        (await RunAsync(stream, "--at", "2001-01-01")).ShouldFail(ExitCodes.NoInput, "had no events then");
    }

    [Fact]
    public async Task What_each_event_changed()
    {
        var rows = (await StateAsync($"connection-{story.Connection}", "--history")).Rows;

        rows.Select(row => row.GetProperty("type").GetString()).ShouldBe(["invite-sent.v1", "invite-seen.v1", "invite-accepted.v1"]);
        rows[1].GetProperty("changed").ToString().ShouldBe("""{"invite":{"seen":true}}""");
        rows[2].GetProperty("changed").GetProperty("phase").GetString().ShouldBe("connected");
    }

    [Fact]
    public async Task A_user_is_masked_and_a_forgotten_one_is_erased()
    {
        var ada = (await StateAsync($"user-{story.Ada.UserId}")).Output;
        ada.ShouldContain("•••");
        ada.ShouldNotContain(story.Ada.Number);
        ada.ShouldNotContain("Lovelace");

        var eve = (await StateAsync($"user-{story.Eve}")).Rows.Single().GetProperty("state");
        eve.GetProperty("status").GetString().ShouldBe("forgotten");
        eve.ToString().ShouldNotContain("•••");
    }

    [Fact]
    public async Task People_get_a_line_for_each_value()
    {
        var table = (await RunAsync($"connection-{story.Connection}")).ShouldSucceed();
        table.Lines[0].ShouldStartWith("name");
        table.Lines.ShouldContain(line => line.StartsWith("phase") && line.Contains("connected"));
    }

    [Fact]
    public async Task What_is_not_there_is_named()
    {
        (await RunAsync($"user-{Guid.NewGuid()}")).ShouldFail(ExitCodes.NoInput, "There is no stream");
        (await RunAsync("cats-1")).ShouldFail(ExitCodes.NoInput, "No rule folds");
        (await RunAsync("user-1", "--at", "then")).ShouldFail(ExitCodes.Usage, "neither a version nor a time");
    }

    private async Task<Outcome> StateAsync(string stream, params string[] args) => (await RunAsync(stream, [.. args, "--format", "jsonl"])).ShouldSucceed();

    private Task<Outcome> RunAsync(string stream, params string[] args) => CqrsShell.RunAsync(story.Server, ["state", stream, .. args]);

    private static string? Phase(JsonElement row) => row.GetProperty("state").GetProperty("phase").GetString();
}
