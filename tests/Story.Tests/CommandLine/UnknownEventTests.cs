using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>A log with events that this program does not know, or cannot read: written by a newer one, or by another.</summary>
public sealed class UnknownEventTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("user-1", "cat-fed.v1", "{}", "cat-fed.v1")]
    [InlineData("user-1", "user-verified.v1", "{\"user\":7}", "user-verified.v1")]
    [InlineData("connection-1", "invite-sent.v1", "no json", "invite-sent.v1")]
    [InlineData("connection-1", "invite-seen.v1", "{\"connection\":\"00000005-0000-7000-8000-000000000000\",\"inviter\":\"00000005-0000-7000-8000-000000000000\",\"invitee\":\"00000005-0000-7000-8000-000000000000\",\"at\":\"2026-11-02T09:00:00Z\"}", "invite-seen.v1")]
    public async Task A_state_names_the_event(string stream, string type, string data, string what)
    {
        await AppendAsync(stream, type, data);
        foreach (var verb in new[] { "state", "state --history" })
        {
            var outcome = await CqrsShell.RunAsync([.. verb.Split(' '), stream, "--data", _folder.Path]);
            outcome.ExitCode.ShouldBe(ExitCodes.BadEvent, outcome.Error);
            outcome.Error.ShouldStartWith($"cqrs: Event 0 of {stream}");
            outcome.Error.ShouldContain(what);
            outcome.Error.Trim().ShouldNotContain('\n');
        }
    }

    [Theory]
    [InlineData("report invites")]
    [InlineData("events replay")]
    [InlineData("trace 00000005-0000-7000-8000-000000000000")]
    [InlineData("projections rebuild --all")]
    [InlineData("users forget 00000005-0000-7000-8000-000000000000 --yes")]
    public async Task Other_verbs_end_with_a_code_and_one_line(string line)
    {
        await AppendAsync("user-00000005-0000-7000-8000-000000000000", "user-verified.v1", "{\"user\":7}");
        var outcome = await CqrsShell.RunAsync([.. line.Split(' '), "--data", _folder.Path]);
        new[] { ExitCodes.Ok, ExitCodes.BadEvent, ExitCodes.NoInput }.ShouldContain(outcome.ExitCode, outcome.Error);
        outcome.Error.Trim().ShouldNotContain('\n');
    }

    [Theory]
    [InlineData("sql 'select pow(10,400) as big, -pow(10,400) as small, 0 * pow(10,400) as none'")]
    public async Task Sql_answers_what_json_has_no_number_for(string line)
    {
        await AppendAsync("user-1", "cat-fed.v1", "{}");
        string[] args = [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line.Replace('\'', '"')), "--data", _folder.Path];
        foreach (var format in new[] { "json", "jsonl", "csv", "table" })
        {
            var outcome = (await CqrsShell.RunAsync([.. args, "--format", format])).ShouldSucceed();
            outcome.Output.ShouldContain("Infinity");
            outcome.Output.ShouldContain("-Infinity");
        }

        (await CqrsShell.RunAsync([.. args, "--format", "jsonl"])).Rows.Single().ToString().ShouldBe("""{"big":"Infinity","small":"-Infinity","none":null}""");
    }

    [Theory]
    [InlineData("select zeroblob(700000000)")]
    [InlineData("select hex(zeroblob(600000000))")]
    public async Task Sql_refuses_a_value_that_is_too_large(string statement)
    {
        await AppendAsync("user-1", "cat-fed.v1", "{}");
        (await CqrsShell.RunAsync(["sql", statement, "--data", _folder.Path])).ShouldFail(ExitCodes.Usage, "too big");
    }

    [Theory]
    [InlineData("users")]
    [InlineData("connections")]
    public async Task Sql_says_what_to_run_where_a_read_model_is_missing(string model)
    {
        await AppendAsync("user-1", "cat-fed.v1", "{}");
        (await CqrsShell.RunAsync(["sql", $"select * from {model}", "--data", _folder.Path])).ShouldFail(ExitCodes.NoInput, $"cqrs projections rebuild {model}");
        (await CqrsShell.RunAsync(["sql", "--tables", "--data", _folder.Path])).Error.ShouldContain("cqrs projections rebuild --all");

        (await CqrsShell.RunAsync(["projections", "rebuild", "--all", "--data", _folder.Path])).ExitCode.ShouldNotBe(ExitCodes.Usage);
    }

    private async Task AppendAsync(string stream, string type, string data)
    {
        using var keys = SqliteKeys.Open(_folder.Path, MasterKeyFile.LoadOrCreate(_folder.Path));
        await using var log = SqliteEventLog.Open(_folder.Path);
        await log.AppendAsync(stream, ExpectedVersion.Any, [new(Guid.NewGuid(), type, System.Text.Encoding.UTF8.GetBytes(data), default, IsJson: true)]);
    }
}
