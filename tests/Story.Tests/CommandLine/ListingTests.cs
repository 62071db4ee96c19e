using Cqrs.Cli.CommandLine;
using Cqrs.Domain.Identity;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>Listings on a narrow terminal and in a pipe: what is shown can be copied into the next command.</summary>
public sealed class ListingTests(FixedHistory history) : IClassFixture<FixedHistory>
{
    private static readonly string Pair = $"connection-{ConnectionId.Between(FixedHistory.Ada, FixedHistory.Bob)}";

    [Fact]
    public async Task Csv_in_a_pipe_ends_its_lines_with_line_feeds()
    {
        foreach (var line in new[] { "events replay --format csv", "sql --tables --format csv", "report invites --format csv" })
            (await RunAsync(line)).ShouldSucceed().Output.ShouldNotContain('\r');
    }

    [Fact]
    public async Task A_csv_file_ends_its_lines_as_rfc_4180_says()
    {
        using var folder = new DataFolder();
        (await RunAsync($"events export --to {folder.Path}/e.csv")).ShouldSucceed();
        (await File.ReadAllTextAsync($"{folder.Path}/e.csv")).Split('\n')[..^1].ShouldAllBe(line => line.EndsWith('\r'));
    }

    [Theory]
    [InlineData("events replay --stream {pair}")]
    [InlineData("events replay --user a0000000-0000-4000-8000-000000000000")]
    [InlineData("events replay --correlation 00000005-0000-7000-8000-000000000000")]
    [InlineData("events replay --type invite-sent.v1")]
    [InlineData("events replay --category connection")]
    [InlineData("events replay --from 3")]
    [InlineData("events replay --limit 3")]
    [InlineData("events replay --format csv")]
    [InlineData("state {pair}")]
    [InlineData("state {pair} --at 1")]
    [InlineData("trace 00000005-0000-7000-8000-000000000000")]
    [InlineData("projections verify users")]
    public async Task The_end_of_a_pasted_value_is_trimmed(string line)
    {
        var expected = await RunAsync(line);
        foreach (var end in new[] { "\r", "\r\n", " " })
        {
            var args = Args(line);
            var outcome = await CqrsShell.RunAsync([.. args[..^1], args[^1] + end, "--data", history.Path]);
            (outcome.ExitCode, outcome.Output).ShouldBe((ExitCodes.Ok, expected.Output), outcome.Error);
        }
    }

    [Fact]
    public async Task A_listing_that_is_cut_says_how_to_see_all_of_it()
    {
        var cut = await RunAsync("events replay --category connection", width: 80);
        cut.Lines.ShouldAllBe(line => line.TrimEnd().Length <= 80);
        cut.Output.ShouldNotContain(Pair);
        cut.Error.ShouldContain("--wide");
        cut.Error.ShouldContain("--columns");
    }

    [Fact]
    public async Task Wide_cuts_nothing() =>
        (await RunAsync("events replay --category connection --wide", width: 80)).ShouldSucceed().Output
            .ShouldBe((await RunAsync("events replay --category connection")).Output);

    [Theory]
    [InlineData("table")]
    [InlineData("csv")]
    [InlineData("jsonl")]
    public async Task Columns_chooses_what_is_shown_and_in_which_order(string format)
    {
        var outcome = (await RunAsync($"events replay --category connection --limit 1 --columns stream,Id,correlationId --format {format}", width: 140)).ShouldSucceed();
        outcome.Output.ShouldContain(Pair);
        outcome.Output.ShouldContain("00000005-0000-7000-8000-000000000000");
        outcome.Output.ShouldNotContain("invite-sent.v1");
        if (format == "csv") outcome.Lines[0].ShouldBe("stream,id,correlationId");
        if (format == "table") outcome.Lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["stream", "id", "correlationId"]);
    }

    [Fact]
    public async Task An_id_can_be_copied_at_80_columns()
    {
        var outcome = (await RunAsync("events replay --category connection --limit 1 --columns stream", width: 80)).ShouldSucceed();
        var stream = outcome.Lines[1].Trim();
        (await RunAsync($"state {stream} --format jsonl")).ShouldSucceed().Rows.Single().GetProperty("stream").GetString().ShouldBe(Pair);
    }

    [Fact]
    public async Task A_stream_pasted_with_its_version_is_explained()
    {
        (await RunAsync($"state {Pair}@1")).ShouldFail(ExitCodes.NoInput, $"The stream is {Pair}");
        (await RunAsync($"events replay --stream {Pair}@1")).ShouldFail(ExitCodes.NoInput, $"The stream is {Pair}");
    }

    [Theory]
    [InlineData("events replay --columns colour", "position")]
    [InlineData("report invites --columns colour", "invited")]
    [InlineData("trace 00000005-0000-7000-8000-000000000000 --columns colour", "kind")]
    [InlineData("events replay --columns ,", "--columns")]
    public async Task A_column_that_is_not_there_is_named_with_those_that_are(string line, string what) =>
        (await RunAsync(line)).ShouldFail(ExitCodes.Usage, what);

    [Fact]
    public async Task Columns_turns_a_drawing_into_rows()
    {
        (await RunAsync("report invites --columns period,invited")).ShouldSucceed().Lines[0].ShouldBe("period    invited");
        (await RunAsync("trace 00000005-0000-7000-8000-000000000000 --columns id,what", width: 80)).ShouldSucceed().Lines[0].ShouldStartWith("id ");
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(40)]
    public async Task A_report_wraps_its_columns_where_the_terminal_is_narrow(int width)
    {
        foreach (var by in new[] { "day", "week" })
        {
            var outcome = (await RunAsync($"report invites --by {by}", width)).ShouldSucceed();
            outcome.Lines.ShouldAllBe(line => line.TrimEnd().Length <= width);
            foreach (var word in new[] { "invited", "cancelled", "open", "median", "p90", "2026-" }) outcome.Output.ShouldContain(word);
        }
    }

    [Fact]
    public async Task A_state_does_not_show_what_is_not_set()
    {
        var dan = (await RunAsync("state user-d0000000-0000-4000-8000-000000000000 --format json")).ShouldSucceed().Output;
        dan.ShouldContain("pending");
        dan.ShouldNotContain("0001-01-01");
        dan.ShouldNotContain("00000000-0000-0000-0000-000000000000");
        foreach (var stream in (await RunAsync("events replay --format jsonl")).Rows.Select(row => row.GetProperty("stream").GetString()!).Distinct())
            (await RunAsync($"state {stream} --history --format jsonl")).ShouldSucceed().Output.ShouldNotContain("0001-01-01");
    }

    private static string[] Args(string line) =>
        [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line.Replace("{pair}", Pair, StringComparison.Ordinal))];

    private Task<Outcome> RunAsync(string line, int? width = null) => CqrsShell.RunAsync([.. Args(line), "--data", history.Path], width);
}
