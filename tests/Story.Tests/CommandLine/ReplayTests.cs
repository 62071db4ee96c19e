using System.Globalization;
using System.Text.Json;
using Cqrs.Cli.CommandLine;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs events replay</c> beside a running server.</summary>
public sealed class ReplayTests(AcquaintedFixture story) : IClassFixture<AcquaintedFixture>
{
    private static readonly string[] OfTheConnection = ["invite-sent.v1", "invite-seen.v1", "invite-accepted.v1"];

    [Fact]
    public async Task Everything_in_the_order_of_the_log()
    {
        var rows = (await ReplayAsync()).Rows;
        var recorded = await story.Server.RecordedAsync();

        rows.Select(row => row.GetProperty("id").GetGuid()).ShouldBe(recorded.Select(e => e.Id));
        rows.Select(Position).ShouldBe(recorded.Select(e => e.Position.Value));
    }

    [Fact]
    public async Task Backwards_is_the_same_from_the_end() =>
        (await ReplayAsync("--backwards")).Rows.Select(Position).ShouldBe((await ReplayAsync()).Rows.Select(Position).Reverse());

    [Fact]
    public async Task One_stream() =>
        Types(await ReplayAsync("--stream", $"connection-{story.Connection}")).ShouldBe(OfTheConnection);

    [Fact]
    public async Task A_stream_is_its_whole_name_and_not_a_beginning() =>
        (await RunAsync("--stream", $"connection-{story.Connection.ToString()[..30]}")).ShouldFail(ExitCodes.NoInput, "There is no stream");

    [Fact]
    public async Task A_category() => Types(await ReplayAsync("--category", "connection")).ShouldBe(OfTheConnection);

    [Fact]
    public async Task Several_types() =>
        Types(await ReplayAsync("--type", "invite-seen.v1", "--type", "invite-accepted.v1")).ShouldBe(OfTheConnection[1..]);

    [Fact]
    public async Task A_user_is_in_his_own_stream_and_wherever_he_is_named()
    {
        var rows = (await ReplayAsync("--user", story.Bob.UserId.ToString())).Rows;

        rows.Select(row => row.GetProperty("stream").GetString()).Distinct().Count().ShouldBe(3, "his number's, his own, the connection's");
        rows.ShouldAllBe(row => row.ToString().Contains(story.Bob.UserId.ToString()));
        rows.Count.ShouldBe((await story.Server.RecordedAsync()).Count(e =>
            e.Stream.EndsWith(story.Bob.UserId.ToString(), StringComparison.Ordinal) || System.Text.Encoding.UTF8.GetString(e.Data.Span).Contains(story.Bob.UserId.ToString())));
    }

    [Fact]
    public async Task What_followed_from_one_request()
    {
        var invite = (await ReplayAsync("--type", "invite-sent.v1")).Rows.Single();

        var rows = (await ReplayAsync("--correlation", invite.GetProperty("correlationId").GetString()!)).Rows;

        rows.Select(row => row.GetProperty("type").GetString()).ShouldBe(["square-taken.v1", "invite-sent.v1"]);
    }

    [Fact]
    public async Task A_range_of_positions_with_both_ends()
    {
        (await ReplayAsync("--from", "3", "--to", "5")).Rows.Select(Position).ShouldBe([3, 4, 5]);
        (await ReplayAsync("--from", "3", "--to", "5", "--backwards")).Rows.Select(Position).ShouldBe([5, 4, 3]);
        (await ReplayAsync("--from", "3", "--limit", "2")).Rows.Select(Position).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task A_range_of_times()
    {
        var times = (await story.Server.RecordedAsync()).Select(e => e.Created).ToList();
        var (first, last) = (times[2], times[^2]);

        var rows = await ReplayAsync("--from", first.ToString("O", CultureInfo.InvariantCulture), "--to", last.ToString("O", CultureInfo.InvariantCulture));

        rows.Rows.Count.ShouldBe(times.Count(time => time >= first && time <= last));
    }

    [Fact]
    public async Task Where_nothing_matches_people_are_told_and_programs_get_nothing()
    {
        (await RunAsync("--from", "2999-01-01")).ShouldSayOnly("No event matches.");
        (await ReplayAsync("--from", "2999-01-01")).Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobodys_data_are_shown_and_who_was_forgotten_is_erased()
    {
        foreach (var format in new[] { "table", "json", "jsonl", "csv" })
        {
            var output = (await RunAsync("--format", format)).ShouldSucceed().Output;
            foreach (var secret in new[] { story.Ada.Number, story.Bob.Number, "Lovelace", "Babbage", "Byron", story.Ada.MailboxKey.Reveal() })
                output.ShouldNotContain(secret);
            output.ShouldContain(story.Connection.ToString());
        }

        FirstNames(await ReplayAsync("--type", "user-verified.v1", "--user", story.Ada.UserId.ToString())).ShouldBe(["•••"]);
        FirstNames(await ReplayAsync("--type", "user-verified.v1", "--user", story.Eve.ToString())).ShouldBe(["erased"]);
    }

    [Fact]
    public async Task Json_is_one_array_and_csv_one_line_for_each_event()
    {
        var json = (await RunAsync("--format", "json", "--limit", "3")).ShouldSucceed();
        JsonDocument.Parse(json.Output).RootElement.GetArrayLength().ShouldBe(3);
        (await RunAsync("--format", "json", "--from", "2999-01-01")).ShouldSucceed().Output.Trim().ShouldBe("[]");

        var csv = (await RunAsync("--format", "csv", "--limit", "3")).ShouldSucceed();
        csv.Lines.Count.ShouldBe(4);
        csv.Lines[0].Trim().ShouldBe("position,created,stream,version,id,type,correlationId,causationId,commandId,actor,data");
        csv.Output.ShouldContain("\"{\"\"user\"\":");
    }

    [Fact]
    public async Task A_table_ends_where_the_terminal_does_and_is_whole_elsewhere()
    {
        string[] args = ["events", "replay", "--limit", "5", "--data", story.Server.Data.Path];
        var narrow = await CqrsShell.RunAsync(args, width: 80);
        narrow.Error.ShouldStartWith("Lines were cut at 80 characters.");
        narrow.Lines.Count.ShouldBe(6);
        narrow.Lines.ShouldAllBe(line => line.TrimEnd().Length <= 80);
        (await CqrsShell.RunAsync(args)).ShouldSucceed().Lines.ShouldContain(line => line.Length > 160);
    }

    [Fact]
    public async Task Following_shows_what_comes_until_it_is_interrupted()
    {
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new StringWriter();

        // It locks itself: what is read meanwhile is read under the same lock.
        var safe = TextWriter.Synchronized(output);
        var following = CqrsCommand.RunAsync(
            ["events", "replay", "--type", "phone-claimed.v1", "--follow", "--format", "jsonl", "--data", story.Server.Data.Path], safe, error, width: null, stop.Token);

        var newcomer = await Phone.RegisteredAsync(story.Server, "Gil", "Menabrea");
        await Wait.UntilAsync(() => Task.FromResult(Read()), text => text.Contains(newcomer.UserId.ToString()));
        await stop.CancelAsync();

        (await following).ShouldBe(ExitCodes.Interrupted);
        error.ToString().ShouldBeEmpty();

        string Read()
        {
            lock (safe) return output.ToString();
        }
    }

    [Theory]
    [InlineData("neither a position nor a time", "--from", "soon")]
    [InlineData("no speed", "--speed", "0x")]
    [InlineData("--limit must be 1 or more", "--limit", "0")]
    [InlineData("leave out --backwards", "--follow", "--backwards")]
    [InlineData("--sorted", "--sorted")]
    public async Task Wrong_options_are_named(string what, params string[] args) => (await RunAsync(args)).ShouldFail(ExitCodes.Usage, what);

    [Fact]
    public async Task A_folder_without_a_log_is_named()
    {
        using var empty = new DataFolder();
        (await CqrsShell.RunAsync(["events", "replay", "--data", empty.Path])).ShouldFail(ExitCodes.NoInput, "There is no log in");
        (await CqrsShell.RunAsync(["events", "replay", "--data", empty.Path + "/nothing"])).ShouldFail(ExitCodes.NoInput, "There is no folder");
        Directory.EnumerateFileSystemEntries(empty.Path).ShouldBeEmpty("looking leaves nothing behind");
    }

    private async Task<Outcome> ReplayAsync(params string[] args) => (await RunAsync([.. args, "--format", "jsonl"])).ShouldSucceed();

    private Task<Outcome> RunAsync(params string[] args) => CqrsShell.RunAsync(story.Server, ["events", "replay", .. args]);

    private static long Position(JsonElement row) => row.GetProperty("position").GetInt64();

    private static IEnumerable<string?> Types(Outcome outcome) => outcome.Rows.Select(row => row.GetProperty("type").GetString());

    private static IEnumerable<string?> FirstNames(Outcome outcome) => outcome.Rows.Select(row => row.GetProperty("data").GetProperty("firstName").GetString());
}
