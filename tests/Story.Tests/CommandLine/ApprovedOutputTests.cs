using System.CommandLine.Parsing;
using Cqrs.Rules.Tests.Specifications;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>What each verb says of a fixed history, to the letter; a change shows in review.</summary>
public sealed class ApprovedOutputTests(FixedHistory history) : IClassFixture<FixedHistory>
{
    [Theory]
    [InlineData("replay", "events replay --category connection")]
    [InlineData("replay-jsonl", "events replay --category connection --limit 2 --format jsonl")]
    [InlineData("replay-csv", "events replay --type user-verified.v1 --format csv")]
    [InlineData("replay-80", "events replay --limit 6", 80)]
    [InlineData("replay-no-stream", "events replay --stream user-nobody")]
    [InlineData("replay-wrong-option", "events replay --sorted")]
    [InlineData("state", "state user-a0000000-0000-4000-8000-000000000000")]
    [InlineData("state-at", "state user-a0000000-0000-4000-8000-000000000000 --at 1 --format json")]
    [InlineData("state-no-rule", "state cats-1")]
    [InlineData("export-no-file", "events export --to events.txt")]
    [InlineData("export-no-folder", "events export --to /no/such/folder/events.csv")]
    [InlineData("sql-tables", "sql --tables")]
    [InlineData("sql-types", "sql 'select type, count(*) as events from events group by type order by 2 desc, 1'")]
    [InlineData("sql-view", "sql 'select created, inviter, firstName from invite_sent_v1'")]
    [InlineData("sql-models", "sql 'select u.id, u.status, u.person, count(c.id) as connections from users u left join connections c on u.id in (c.inviter, c.invitee) group by u.id' --format csv")]
    [InlineData("sql-syntax", "sql 'selec type from events'")]
    [InlineData("sql-write", "sql 'delete from events'")]
    [InlineData("trace", "trace 00000005-0000-7000-8000-000000000000")]
    [InlineData("trace-80", "trace 00000005-0000-7000-8000-000000000000", 80)]
    [InlineData("trace-jsonl", "trace 00000006-0000-7000-8000-000000000000 --format jsonl")]
    [InlineData("trace-nothing", "trace 99999999-0000-7000-8000-000000000000")]
    [InlineData("trace-no-id", "trace yesterday")]
    [InlineData("report", "report invites")]
    [InlineData("report-80", "report invites --by day", 80)]
    [InlineData("report-none", "report invites --from 2030-01-01")]
    [InlineData("report-csv", "report invites --by week --format csv")]
    [InlineData("report-json", "report invites --by all --to 2026-11-09 --format json")]
    [InlineData("report-wrong-option", "report invites --by year")]
    public Task It_is_the_approved_one(string name, string line, int? width = null) => ApproveAsync(name, line, width);

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help-replay", "events replay --help")]
    [InlineData("help-copy", "events copy --help")]
    [InlineData("help-gateway", "gateway --help")]
    [InlineData("help-export", "events export --help")]
    [InlineData("help-sql", "sql --help")]
    [InlineData("help-state", "state --help")]
    [InlineData("help-trace", "trace --help")]
    [InlineData("help-report-invites", "report invites --help")]
    public Task The_help_is_the_approved_one(string name, string line) => ApproveAsync(name, line, width: null);

    private async Task ApproveAsync(string name, string line, int? width)
    {
        var outcome = await CqrsShell.RunAsync([.. CommandLineParser.SplitCommandLine(line.Replace('\'', '"')), "--data", history.Path], width);

        foreach (var secret in FixedHistory.Secrets) outcome.Output.ShouldNotContain(secret, Case.Sensitive);
        Transcript(line, outcome).ShouldBeApproved($"CommandLine/Approved/{name}.approved.txt");
    }

    private string Transcript(string line, Outcome outcome)
    {
        var text = $"$ cqrs {line}\n{outcome.Output}";
        if (outcome.Error.Length > 0) text += $"--- standard error\n{outcome.Error}";
        if (outcome.ExitCode != 0) text += $"--- exit code {outcome.ExitCode}\n";
        return text.ReplaceLineEndings("\n").Replace(history.Path, "/data", StringComparison.Ordinal);
    }
}
