using Cqrs.Cli.CommandLine;
using Cqrs.Domain.Identity;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>How times are written on the command line, and what a day means at either end of a range.</summary>
public sealed class TimeTests(FixedHistory history) : IClassFixture<FixedHistory>
{
    private static readonly string Pair = $"connection-{ConnectionId.Between(FixedHistory.Ada, FixedHistory.Bob)}";

    public static TheoryData<string, string> Misread
    {
        get
        {
            string[] lines = ["events replay --from", "events replay --to", "events replay --until", "events export --to {folder}/e.jsonl --from",
                "events export --to {folder}/e.jsonl --until", "events export --to {folder}/e.jsonl --to", $"state {Pair} --at", "report invites --from", "report invites --to", "report invites --until", "simulate --from"];
            string[] values = ["03.02.2025", "01/02/2025", "1-2", "3.5", "10:00", "2025-2-1", "2025-02-30", "25-02-01", "2025-02", "Feb 2025", "2025-02-01T10", "2025-02-01T25:00Z", "2025-02-01T10:00+2", "2025-02-01Z", "٢٠٢٥-٠٢-٠١", "-1"];
            var data = new TheoryData<string, string>();
            foreach (var line in lines)
                foreach (var value in values)
                    data.Add(line, value);

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Misread))]
    public async Task Only_the_documented_forms_are_taken(string line, string value)
    {
        using var folder = new DataFolder();
        var outcome = await CqrsShell.RunAsync([.. line.Replace("{folder}", folder.Path, StringComparison.Ordinal).Split(' '), value, "--data", history.Path]);
        outcome.ShouldFail(ExitCodes.Usage, value);
    }

    [Theory]
    [InlineData("2026-11-02T10:40Z", 13)]
    [InlineData("2026-11-02T10:40", 13)]
    [InlineData("2026-11-02T10:40:00.000Z", 13)]
    [InlineData("2026-11-02T12:40:00+02:00", 13)]
    [InlineData("2026-11-02T10:39:59.9999999Z", 11)]
    [InlineData(" 2026-11-02T10:40Z ", 13)]
    public async Task Every_documented_form_is_taken(string to, int events)
    {
        foreach (var name in new[] { "--to", "--until" })
            (await RunAsync("events", "replay", name, to)).Rows.Count.ShouldBe(events, name);
    }

    [Fact]
    public async Task A_day_as_the_end_is_the_whole_day()
    {
        using var folder = new DataFolder();
        var ofTheDay = (await RunAsync("events", "replay", "--to", "2026-11-02")).Rows.Count;
        ofTheDay.ShouldBe((await RunAsync("events", "replay", "--to", "2026-11-02T23:59:59.999Z")).Rows.Count);
        ofTheDay.ShouldBe(13);
        (await RunAsync("events", "replay", "--from", "2026-11-02", "--until", "2026-11-02")).Rows.Count.ShouldBe(ofTheDay);
        (await RunAsync("events", "replay", "--from", "2026-11-02", "--to", "9999-12-31")).Rows.Count.ShouldBeGreaterThan(ofTheDay);

        foreach (var name in new[] { "--until", "--to" })
        {
            var export = (await RunAsync("events", "export", "--to", $"{folder.Path}/{name}.jsonl", name, "2026-11-02")).Rows.Single();
            export.GetProperty("events").GetInt32().ShouldBe(ofTheDay, name);
        }

        foreach (var name in new[] { "--until", "--to" })
        {
            var report = (await RunAsync("report", "invites", "--by", "all", name, "2026-11-04")).Rows.Single();
            report.GetProperty("invited").GetInt32().ShouldBe(2, name);
        }
    }

    [Fact]
    public async Task A_state_at_a_day_is_that_of_its_end()
    {
        var row = (await RunAsync("state", Pair, "--at", "2026-11-02")).Rows.Single();
        row.GetProperty("state").GetProperty("phase").GetString().ShouldBe("connected");
        (await CqrsShell.RunAsync(["state", Pair, "--at", "2026-11-01", "--data", history.Path])).ShouldFail(ExitCodes.NoInput, "had no events then");
    }

    [Theory]
    [InlineData("events replay --to 3 --until 4")]
    [InlineData("events export --to e.jsonl --to 3 --until 4")]
    [InlineData("report invites --to 2026-11-01 --until 2026-11-02")]
    public async Task Two_ends_are_refused(string line) =>
        (await CqrsShell.RunAsync([.. line.Split(' '), "--data", history.Path])).ShouldFail(ExitCodes.Usage, "--to");

    private async Task<Outcome> RunAsync(params string[] args) =>
        (await CqrsShell.RunAsync([.. args, "--format", "jsonl", "--data", history.Path])).ShouldSucceed();
}
