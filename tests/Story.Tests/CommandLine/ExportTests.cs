using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Microsoft.Data.Sqlite;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs events export</c> beside a running server.</summary>
public sealed class ExportTests(AcquaintedFixture story) : IClassFixture<AcquaintedFixture>, IDisposable
{
    private readonly DataFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Each_event_is_a_line_with_its_fields()
    {
        var recorded = await story.Server.RecordedAsync();

        (await ExportAsync("events.jsonl")).Rows.Single().GetProperty("added").GetInt64().ShouldBe(recorded.Count);

        var lines = (await LinesAsync("events.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        lines.Select(line => line.GetProperty("id").GetGuid()).ShouldBe(recorded.Select(e => e.Id));
        var sent = lines.Single(line => line.GetProperty("type").GetString() == "invite-sent.v1");
        sent.GetProperty("inviter").GetGuid().ShouldBe(story.Ada.UserId);
        sent.GetProperty("firstName").GetString().ShouldBe("•••");
        sent.GetProperty("category").GetString().ShouldBe("connection");
    }

    [Fact]
    public async Task Each_field_is_a_column_of_the_table_for_a_spreadsheet()
    {
        await ExportAsync("events.csv", "--category", "connection");

        var lines = await LinesAsync("events.csv");
        lines.Count.ShouldBe(4);
        var columns = lines[0].TrimEnd().Split(',');
        var sent = columns.Zip(lines[1].TrimEnd().Split(',')).ToDictionary();
        sent["type"].ShouldBe("invite-sent.v1");
        sent["invitee"].ShouldBe(story.Bob.UserId.ToString());
        sent["code"].ShouldBe("•••");
        sent["rest"].ShouldBeEmpty("every field has a column");
    }

    [Fact]
    public async Task A_database_has_a_view_for_each_type()
    {
        await ExportAsync("events.db", "--until", $"{story.Head}");

        using var database = Open("events.db");
        Ask(database, "SELECT inviter || ' ' || firstName || ' ' || stream FROM invite_sent_v1")
            .ShouldBe([$"{story.Ada.UserId} ••• connection-{story.Connection}"]);
        Ask(database, "SELECT firstName FROM user_verified_v1 ORDER BY position").ShouldBe(["•••", "•••", "erased"]);
        Ask(database, "SELECT count(*) FROM events").ShouldBe([$"{story.Head}"]);
        File.Exists(At("events.db-wal")).ShouldBeFalse("it is one file");
    }

    [Theory]
    [InlineData("events.jsonl")]
    [InlineData("events.csv")]
    [InlineData("events.db")]
    public async Task Personal_data_are_not_in_it(string file)
    {
        await ExportAsync(file);
        var content = System.Text.Encoding.UTF8.GetString(await File.ReadAllBytesAsync(At(file)));
        foreach (var secret in new[] { story.Ada.Number, "Lovelace", "Byron", story.Ada.MailboxKey.Reveal(), "sealed" }) content.ShouldNotContain(secret);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(At(file)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory]
    [InlineData("events.jsonl")]
    [InlineData("events.csv")]
    [InlineData("events.db")]
    public async Task Called_again_it_adds_what_is_new(string file)
    {
        await ExportAsync(file, "--type", "phone-claimed.v1");
        (await ExportAsync(file, "--type", "phone-claimed.v1")).Rows.Single().GetProperty("added").GetInt64().ShouldBe(0);

        var newcomer = await Phone.RegisteredAsync(story.Server, "Gil", "Menabrea");

        (await ExportAsync(file, "--type", "phone-claimed.v1")).Rows.Single().GetProperty("added").GetInt64().ShouldBe(1);
        var users = await UsersAsync(file);
        users[^1].ShouldBe(newcomer.UserId.ToString());
        users.Distinct().Count().ShouldBe(users.Count);
    }

    [Theory]
    [InlineData("events.jsonl")]
    [InlineData("events.csv")]
    public async Task A_torn_end_is_dropped_and_written_again(string file)
    {
        await ExportAsync(file, "--until", "6");
        var good = await File.ReadAllBytesAsync(At(file));
        await File.AppendAllTextAsync(At(file), "{\"position\":7,\"cre");

        await ExportAsync(file, "--until", "6");

        (await File.ReadAllBytesAsync(At(file))).ShouldBe(good);
    }

    [Theory]
    [InlineData("mine.jsonl")]
    [InlineData("mine.csv")]
    [InlineData("mine.db")]
    public async Task A_file_of_another_program_is_left_as_it_is(string file)
    {
        await File.WriteAllTextAsync(At(file), "my diary, which has nothing to do with it");

        (await RunAsync(file)).ShouldFail(ExitCodes.CannotCreate, "Name another file with --to, or delete it.");

        (await File.ReadAllTextAsync(At(file))).ShouldBe("my diary, which has nothing to do with it");
    }

    [Fact]
    public async Task A_database_of_another_program_is_left_as_it_is()
    {
        using (var database = Open("mine.db")) Ask(database, "CREATE TABLE diary (day TEXT)");
        var before = await File.ReadAllBytesAsync(At("mine.db"));

        (await RunAsync("mine.db")).ShouldFail(ExitCodes.CannotCreate, "is a database that cqrs did not make");

        (await File.ReadAllBytesAsync(At("mine.db"))).ShouldBe(before);
    }

    [Theory]
    [InlineData("events.jsonl")]
    [InlineData("events.csv")]
    public async Task An_export_that_was_edited_is_left_as_it_is(string file)
    {
        await ExportAsync(file);
        var edited = (await File.ReadAllTextAsync(At(file))).Replace("phone-claimed", "number-claimed", StringComparison.Ordinal);
        await File.WriteAllTextAsync(At(file), edited);

        (await RunAsync(file)).ShouldFail(ExitCodes.CannotCreate, "was changed since cqrs wrote it");

        (await File.ReadAllTextAsync(At(file))).ShouldBe(edited);
    }

    [Theory]
    [InlineData("events.jsonl")]
    [InlineData("events.csv")]
    [InlineData("events.db")]
    public async Task An_export_of_other_events_is_not_mixed_with_these(string file)
    {
        await ExportAsync(file, "--category", "user");
        (await RunAsync(file)).ShouldFail(ExitCodes.CannotCreate, "was made with other options (category=user), not with these (everything)");
        (await RunAsync(file, "--category", "user", "--reveal")).ShouldFail(ExitCodes.CannotCreate, "category=user, in clear");
    }

    [Theory]
    [InlineData("events.jsonl")]
    [InlineData("events.csv")]
    [InlineData("events.db")]
    public async Task Interrupted_it_says_how_to_go_on_and_does(string file)
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var stopped = await CqrsShell.RunAsync(["events", "export", "--to", At(file), "--data", story.Server.Data.Path], cancel: stop.Token);
        stopped.ExitCode.ShouldBe(ExitCodes.Interrupted);
        stopped.Error.ShouldContain("the same command goes on from there");

        await ExportAsync(file);

        (await CountAsync(file)).ShouldBe((await story.Server.RecordedAsync()).Count);
    }

    [Fact]
    public async Task A_range_has_both_ends()
    {
        await ExportAsync("events.jsonl", "--from", "3", "--until", "5");
        (await LinesAsync("events.jsonl")).Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_cannot_be_written_is_named()
    {
        Directory.CreateDirectory(At("folder.csv"));
        (await RunAsync("folder.csv")).ShouldFail(ExitCodes.CannotCreate, "is a folder");
        (await RunAsync("no/such/events.csv")).ShouldFail(ExitCodes.CannotCreate, "There is no folder");
        (await RunAsync("events")).ShouldFail(ExitCodes.Usage, "Name a file that ends in .jsonl, .csv, .db.");
        (await RunAsync("events.csv", "--stream", "user-1")).ShouldFail(ExitCodes.NoInput, "There is no stream user-1");
        Directory.EnumerateFiles(_files.Path).ShouldBeEmpty();
    }

    private string At(string file) => Path.Combine(_files.Path, file);

    private Task<Outcome> RunAsync(string file, params string[] args) => CqrsShell.RunAsync(story.Server, ["events", "export", "--to", At(file), .. args]);

    private async Task<Outcome> ExportAsync(string file, params string[] args) => (await RunAsync(file, [.. args, "--format", "jsonl"])).ShouldSucceed();

    private async Task<IReadOnlyList<string>> LinesAsync(string file) =>
        (await File.ReadAllTextAsync(At(file))).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task<int> CountAsync(string file)
    {
        if (Path.GetExtension(file) != ".db") return (await LinesAsync(file)).Count - (Path.GetExtension(file) == ".csv" ? 1 : 0);
        using var database = Open(file);
        return int.Parse(Ask(database, "SELECT count(*) FROM events").Single(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<IReadOnlyList<string>> UsersAsync(string file)
    {
        switch (Path.GetExtension(file))
        {
            case ".jsonl":
                return [.. (await LinesAsync(file)).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("user").GetString()!)];
            case ".csv":
                var lines = await LinesAsync(file);
                var column = Array.IndexOf(lines[0].TrimEnd().Split(','), "user");
                return [.. lines.Skip(1).Select(line => line.Split(',')[column])];
            default:
                using (var database = Open(file)) return Ask(database, "SELECT user FROM phone_claimed_v1 ORDER BY position");
        }
    }

    private SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection($"Data Source={At(file)};Pooling=False");
        connection.Open();
        return connection;
    }

    private static IReadOnlyList<string> Ask(SqliteConnection database, string sql)
    {
        using var command = database.CreateCommand();
        command.CommandText = sql;
        using var row = command.ExecuteReader();
        var answers = new List<string>();
        while (row.Read()) answers.Add(row.GetValue(0).ToString()!);
        return answers;
    }
}
