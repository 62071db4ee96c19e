using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Sqlite;
using Cqrs.Rules.Tests.Specifications;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs log verify</c> and <c>cqrs doctor --deep</c>.</summary>
public sealed class LogVerifyTests : IDisposable
{
    private readonly DataFolder _folder = new();

    private string Log => Path.Combine(_folder.Path, "log.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_whole_log_is_ok()
    {
        await SimulateAsync();
        var outcome = await VerifyAsync();

        outcome.ExitCode.ShouldBe(ExitCodes.Ok, outcome.Error);
        var row = outcome.Rows.Single();
        row.GetProperty("verdict").GetString().ShouldBe("ok");
        row.GetProperty("events").GetInt64().ShouldBe(row.GetProperty("head").GetInt64());
        row.GetProperty("chain").GetString()!.Length.ShouldBe(32);
        row.GetProperty("position").ValueKind.ShouldBe(JsonValueKind.Null);
        outcome.Error.ShouldContain("as they were written");
        (await DoctorAsync("--deep")).ExitCode.ShouldBe(ExitCodes.Ok);
    }

    [Fact]
    public async Task A_log_is_verified_beside_a_server_that_appends()
    {
        await using var server = await StoryServer.StartAsync();
        using var stop = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await Phone.RegisteredAsync(server);
        });
        for (var i = 0; i < 5; i++) (await CqrsShell.RunAsync(server, "log", "verify")).ExitCode.ShouldBe(ExitCodes.Ok);
        await stop.CancelAsync();
        await load;
    }

    [Fact]
    public async Task Erasure_of_a_user_changes_no_checksum()
    {
        await using var server = await StoryServer.StartAsync();
        var phone = await Phone.RegisteredAsync(server);
        (await CqrsShell.RunAsync(server, "users", "forget", phone.UserId.ToString(), "--yes")).ExitCode.ShouldBe(ExitCodes.Ok);

        (await CqrsShell.RunAsync(server, "log", "verify")).ExitCode.ShouldBe(ExitCodes.Ok);
    }

    [Fact]
    public async Task A_changed_event_is_named_with_its_position_its_stream_and_what_to_do()
    {
        await SimulateAsync();
        Change("UPDATE events SET data = CAST(data || ' ' AS BLOB) WHERE position = 12");

        var outcome = await VerifyAsync();

        outcome.ExitCode.ShouldBe(ExitCodes.Damaged);
        var row = outcome.Rows.Single();
        row.GetProperty("verdict").GetString().ShouldBe("damaged");
        row.GetProperty("position").GetInt64().ShouldBe(12);
        row.GetProperty("events").GetInt64().ShouldBe(11);
        row.GetProperty("stream").GetString().ShouldNotBeNullOrEmpty();
        row.GetProperty("found").GetString().ShouldBe("the event does not match its checksum");
        row.GetProperty("next").GetString()!.ShouldContain("restore a backup");
        outcome.Error.ShouldContain("log.db is damaged at position 12");

        var doctor = await DoctorAsync("--deep");
        doctor.ExitCode.ShouldBe(ExitCodes.Damaged);
        var finding = doctor.Rows.Single(found => found.GetProperty("check").GetString() == "events of the log");
        finding.GetProperty("verdict").GetString().ShouldBe("fault");
        finding.GetProperty("found").GetString()!.ShouldContain("position 12");
    }

    [Fact]
    public async Task A_page_of_zeros_is_found_in_the_log_and_in_every_other_store()
    {
        await SimulateAsync();
        DamagedFile.ZeroAPage(Log);
        DamagedFile.ZeroAPage(Path.Combine(_folder.Path, "keys.db"));

        var outcome = await VerifyAsync();
        outcome.ExitCode.ShouldBe(ExitCodes.Damaged);
        outcome.Rows.Single().GetProperty("position").GetInt64().ShouldBeGreaterThan(1);

        var doctor = await DoctorAsync("--deep");
        doctor.ExitCode.ShouldBe(ExitCodes.Damaged);
        foreach (var check in new[] { "events of the log", "pages of keys.db" })
            doctor.Rows.Single(found => found.GetProperty("check").GetString() == check).GetProperty("verdict").GetString().ShouldBe("fault");
    }

    [Fact]
    public async Task A_projection_stops_at_a_damaged_event_and_health_says_so()
    {
        await SimulateAsync();
        Change("UPDATE events SET created = created + 1 WHERE position = 12");
        var stream = Text("SELECT name FROM events WHERE position = 12");

        await using var server = await StoryServer.StartAsync(_folder);

        var answer = await Wait.UntilAsync(() => server.GetAsync("/health/ready"), found => found.Text.Contains("stopped by", StringComparison.Ordinal));
        answer.Status.ShouldBe(503);
        answer.Text.ShouldContain($"stopped by damage of the log (log-corrupt: the event does not match its checksum) at position 12 of {stream}");
        answer.Text.ShouldNotContain(_folder.Path);
    }

    [Fact]
    public async Task No_log_and_a_log_of_a_later_version_are_refused()
    {
        (await VerifyAsync()).ShouldFail(ExitCodes.NoInput, "There is no log");
        await SimulateAsync();
        Change("PRAGMA user_version = 99");
        (await VerifyAsync()).ShouldFail(ExitCodes.Io, "schema version 99");
    }

    [Fact]
    public async Task The_help_is_the_approved_one()
    {
        var outcome = (await CqrsShell.RunAsync(["log", "verify", "--help"])).ShouldSucceed();
        outcome.Output.ReplaceLineEndings("\n").ShouldBeApproved("CommandLine/Approved/help-log-verify.approved.txt");
    }

    private Task<Outcome> VerifyAsync() => CqrsShell.RunAsync(["log", "verify", "--format", "jsonl", "--data", _folder.Path]);

    private Task<Outcome> DoctorAsync(params string[] more) => CqrsShell.RunAsync(["doctor", "--format", "jsonl", "--data", _folder.Path, .. more]);

    private async Task SimulateAsync() =>
        (await CqrsShell.RunAsync(["simulate", "--users", "20", "--days", "20", "--data", _folder.Path])).ExitCode.ShouldBe(ExitCodes.Ok);

    private void Change(string sql)
    {
        using var file = SqliteConnectionHandle.Open(Log, TimeSpan.Zero);
        file.Execute(sql);
    }

    private string Text(string sql)
    {
        using var log = SqliteSnapshot.Of(Log);
        return log.Texts(sql).Single();
    }
}
