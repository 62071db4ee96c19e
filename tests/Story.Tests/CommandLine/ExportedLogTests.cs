using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using Microsoft.Data.Sqlite;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>An export is bound to the log that it was made from, and to the bytes that were written.</summary>
public sealed class ExportedLogTests : IDisposable
{
    private readonly DataFolder _one = new();
    private readonly DataFolder _other = new();
    private readonly DataFolder _files = new();

    public static TheoryData<string> Files => ["x.jsonl", "x.csv", "x.db"];

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
        _files.Dispose();
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task An_export_of_another_log_is_refused(string file)
    {
        await AppendAsync(_one, count: 3);
        await AppendAsync(_other, count: 5);
        await ExportAsync(_one, file);
        var before = await File.ReadAllBytesAsync(At(file));

        (await RunAsync(_other, file)).ShouldFail(ExitCodes.CannotCreate, "was exported from another log: that one begins with the event ");
        (await RunAsync(_other, file)).Error.ShouldContain("Name another file with --to, or delete it.");

        (await File.ReadAllBytesAsync(At(file))).ShouldBe(before);
        (await AddedAsync(_one, file)).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task An_export_that_is_ahead_of_a_log_that_was_put_back_is_refused(string file)
    {
        await AppendAsync(_one, count: 3);
        CopyLog(from: _one, to: _other);
        await AppendAsync(_one, count: 2);
        await ExportAsync(_one, file);

        (await RunAsync(_other, file)).ShouldFail(ExitCodes.CannotCreate, "goes up to position 5, and this log ends at 3");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task An_export_of_a_log_that_was_put_back_and_went_on_differently_is_refused(string file)
    {
        await AppendAsync(_one, count: 3);
        CopyLog(from: _one, to: _other);
        await AppendAsync(_one, count: 2);
        await AppendAsync(_other, count: 4);
        await ExportAsync(_one, file);

        (await RunAsync(_other, file)).ShouldFail(ExitCodes.CannotCreate, "this log no longer has the event that was at position 5");
    }

    // An empty file of JSON lines has no line that could be mixed with others: it is begun again.
    [Theory]
    [InlineData("x.csv")]
    [InlineData("x.db")]
    public async Task A_log_that_went_on_differently_is_noticed_where_the_filter_left_everything_out(string file)
    {
        await AppendAsync(_one, count: 3);
        CopyLog(from: _one, to: _other);
        await AppendAsync(_one, count: 2);
        await AppendAsync(_other, count: 4);
        await ExportAsync(_one, file, "--type", "nothing.v1");
        (await AddedAsync(_one, file, "--type", "nothing.v1")).ShouldBe(0);

        (await RunAsync(_other, file, "--type", "nothing.v1")).ShouldFail(ExitCodes.CannotCreate, "has gone on differently");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task An_export_goes_on_with_a_copy_of_its_log(string file)
    {
        await AppendAsync(_one, count: 3);
        await ExportAsync(_one, file);
        CopyLog(from: _one, to: _other);
        await AppendAsync(_other, count: 2);

        (await AddedAsync(_other, file)).ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task An_export_that_an_empty_log_began_takes_the_first_log_with_events(string file)
    {
        await AppendAsync(_one, count: 0);
        await ExportAsync(_one, file);
        await AppendAsync(_one, count: 2);
        await AppendAsync(_other, count: 2);

        (await AddedAsync(_one, file)).ShouldBe(2);
        (await RunAsync(_other, file)).ShouldFail(ExitCodes.CannotCreate, "was exported from another log");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task An_export_of_an_earlier_version_goes_on_and_is_bound_from_then_on(string file)
    {
        await AppendAsync(_one, count: 3);
        await AppendAsync(_other, count: 5);
        await ExportAsync(_one, file);
        await MakeOlderAsync(file);
        await AppendAsync(_one, count: 1);

        var resumed = await RunAsync(_one, file, "--format", "jsonl");

        resumed.ExitCode.ShouldBe(ExitCodes.Ok, resumed.Error);
        resumed.Rows.Single().GetProperty("added").GetInt64().ShouldBe(1);
        (await RunAsync(_other, file)).ShouldFail(ExitCodes.CannotCreate, "was exported from another log");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task An_export_of_an_earlier_version_that_is_ahead_of_the_log_is_refused(string file)
    {
        await AppendAsync(_one, count: 3);
        await AppendAsync(_other, count: 2);
        await ExportAsync(_one, file);
        await MakeOlderAsync(file);

        (await RunAsync(_other, file)).ShouldFail(ExitCodes.CannotCreate, "goes up to position 3, and this log ends at 2");
    }

    [Theory]
    [InlineData("x.jsonl")]
    [InlineData("x.csv")]
    public async Task A_byte_that_was_changed_anywhere_is_noticed(string file)
    {
        await AppendAsync(_one, count: 200);
        await ExportAsync(_one, file);
        var good = await File.ReadAllBytesAsync(At(file));
        good.Length.ShouldBeGreaterThan(20_000);
        foreach (var at in new[] { good.Length / 4, good.Length / 2, good.Length - 6_000, good.Length - 3 })
        {
            var changed = (byte[])good.Clone();
            changed[at] ^= 1;
            await File.WriteAllBytesAsync(At(file), changed);
            (await RunAsync(_one, file)).ShouldFail(ExitCodes.CannotCreate, "was changed since cqrs wrote it");
            (await File.ReadAllBytesAsync(At(file))).ShouldBe(changed);
        }

        await File.WriteAllBytesAsync(At(file), good);
        await AppendAsync(_one, count: 1);
        (await AddedAsync(_one, file)).ShouldBe(1);
        (await AddedAsync(_one, file)).ShouldBe(0);
    }

    [Theory]
    [InlineData("UPDATE events SET data = '{}' WHERE position = 2")]
    [InlineData("UPDATE events SET created = '2026-01-01T00:00:00.000Z' WHERE position = 1")]
    [InlineData("DELETE FROM events WHERE position = 2")]
    [InlineData("DELETE FROM events WHERE position = 3")]
    [InlineData("INSERT INTO events SELECT position + 10, created, stream, category, version, id, type, correlationId, causationId, commandId, actor, data FROM events WHERE position = 1")]
    [InlineData("ALTER TABLE events ADD COLUMN mine TEXT")]
    public async Task Rows_that_were_changed_in_a_database_are_noticed(string change)
    {
        await AppendAsync(_one, count: 3);
        await ExportAsync(_one, "x.db");
        Run("x.db", change);
        var changed = await File.ReadAllBytesAsync(At("x.db"));

        (await RunAsync(_one, "x.db")).ShouldFail(ExitCodes.CannotCreate, "was changed since cqrs wrote it");

        (await File.ReadAllBytesAsync(At("x.db"))).ShouldBe(changed);
    }

    [Fact]
    public async Task What_an_analyst_adds_to_a_database_is_no_change()
    {
        await AppendAsync(_one, count: 3);
        await ExportAsync(_one, "x.db");
        Run("x.db", "CREATE TABLE mine (x); CREATE INDEX mine_by_created ON events (created); CREATE VIEW my_view AS SELECT * FROM events; ANALYZE; VACUUM");
        await AppendAsync(_one, count: 1);

        (await AddedAsync(_one, "x.db")).ShouldBe(1);
        Run("x.db", "SELECT * FROM my_view; SELECT * FROM mine");
    }

    [Fact]
    public async Task A_database_that_an_earlier_version_went_on_with_is_bound_again()
    {
        await AppendAsync(_one, count: 3);
        await ExportAsync(_one, "x.db");
        Run("x.db", """
            INSERT INTO events SELECT 4, created, stream, category, version, id, type, correlationId, causationId, commandId, actor, data FROM events WHERE position = 3;
            UPDATE cqrs_export SET position = 4, events = 4
            """);
        await AppendAsync(_one, count: 2);

        (await AddedAsync(_one, "x.db")).ShouldBe(1);
        Run("x.db", "UPDATE events SET data = '{}' WHERE position = 4");
        (await RunAsync(_one, "x.db")).ShouldFail(ExitCodes.CannotCreate, "was changed since");
    }

    [Fact]
    public async Task Csv_cells_that_a_spreadsheet_takes_for_formulas_are_texts()
    {
        await AppendAsync(_one, count: 1, """{"at":"=1+1","code":"+1","first":-5,"firstName":"-5","lastName":"@x","phone":"\ttab","reason":"\rreturn","login":"a=b","user":"'=1"}""", "user-invited.v1");

        await ExportAsync(_one, "x.csv");
        await ExportAsync(_one, "raw.csv", "--raw-cells");
        var (safe, raw) = (await File.ReadAllTextAsync(At("x.csv")), await File.ReadAllTextAsync(At("raw.csv")));

        foreach (var cell in new[] { "'=1+1", "'+1", "'-5", "'@x", "'\ttab", "\"'\rreturn\"", "a=b" }) $",{safe},".ShouldContain($",{cell},");
        foreach (var cell in new[] { "=1+1", "+1", "-5", "@x", "\ttab", "\"\rreturn\"" }) $",{raw},".ShouldContain($",{cell},");
        safe.ShouldContain(":-5");
        (await RunAsync(_one, "x.csv", "--raw-cells")).ShouldFail(ExitCodes.CannotCreate, "not with these (everything, raw cells)");
        (await RunAsync(_one, "raw.csv")).ShouldFail(ExitCodes.CannotCreate, "with other options (everything, raw cells)");
        (await AddedAsync(_one, "raw.csv", "--raw-cells")).ShouldBe(0);
    }

    [Fact]
    public async Task A_csv_file_of_an_earlier_version_keeps_its_raw_cells_and_says_so()
    {
        await AppendAsync(_one, count: 1, """{"user":"=1+1"}""", "user-invited.v1");
        await ExportAsync(_one, "x.csv", "--raw-cells");
        await MakeOlderAsync("x.csv");
        await AppendAsync(_one, count: 1, """{"user":"=1+1"}""", "user-invited.v1");

        foreach (var _ in new[] { 1, 2 })
        {
            var resumed = await RunAsync(_one, "x.csv");
            resumed.ExitCode.ShouldBe(ExitCodes.Ok, resumed.Error);
            resumed.Error.ShouldContain("an earlier version began");
        }

        (await File.ReadAllTextAsync(At("x.csv"))).Split(",=1+1,").Length.ShouldBe(3);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_file_in_clear_is_closed_to_other_users_also_where_it_was_open(string file)
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        await AppendAsync(_one, count: 1);
        foreach (var name in new[] { file, file + ".export.next" })
        {
            await File.WriteAllTextAsync(At(name), "");
            File.SetUnixFileMode(At(name), open);
        }

        await ExportAsync(_one, file, "--reveal");
        ModesOf(file).ShouldAllBe(mode => mode == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

        File.SetUnixFileMode(At(file), open);
        await AppendAsync(_one, count: 1);
        await ExportAsync(_one, file, "--reveal");
        ModesOf(file).ShouldAllBe(mode => mode == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_masked_file_that_its_owner_opened_to_others_stays_open(string file)
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        await AppendAsync(_one, count: 1);
        await ExportAsync(_one, file);
        ModesOf(file).ShouldAllBe(mode => mode == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        File.SetUnixFileMode(At(file), open);

        await ExportAsync(_one, file);

        File.GetUnixFileMode(At(file)).ShouldBe(open);
    }

    [UnsupportedOSPlatform("windows")]
    private IEnumerable<UnixFileMode> ModesOf(string file) =>
        Directory.EnumerateFiles(_files.Path, file + "*").Where(path => !path.EndsWith(".next", StringComparison.Ordinal)).Select(File.GetUnixFileMode);

    /// <summary>Takes away what versions before this one did not write.</summary>
    private async Task MakeOlderAsync(string file)
    {
        if (Path.GetExtension(file) == ".db")
        {
            Run(file, "DROP TABLE cqrs_source");
            return;
        }

        var note = (JsonObject)JsonNode.Parse(await File.ReadAllTextAsync(At(file + ".export")))!;
        foreach (var name in new[] { "digest", "log", "anchor", "rawCells" }) note.Remove(name);
        await File.WriteAllTextAsync(At(file + ".export"), note.ToJsonString());
    }

    private static async Task AppendAsync(DataFolder folder, int count, string data = """{"a":1}""", string type = "happened.v1")
    {
        await using var log = SqliteEventLog.Open(folder.Path);
        for (var i = 0; i < count; i++)
        {
            await log.AppendAsync(
                $"thing-{Guid.NewGuid()}", ExpectedVersion.NoStream, [new(Guid.NewGuid(), type, System.Text.Encoding.UTF8.GetBytes(data), "{}"u8.ToArray())]);
        }
    }

    // The file alone: nothing has it open.
    private static void CopyLog(DataFolder from, DataFolder to)
    {
        foreach (var file in Directory.EnumerateFiles(from.Path, SqliteEventLog.FileName + "*"))
            File.Copy(file, Path.Combine(to.Path, Path.GetFileName(file)), overwrite: true);
    }

    private string At(string file) => Path.Combine(_files.Path, file);

    private Task<Outcome> RunAsync(DataFolder log, string file, params string[] args) =>
        CqrsShell.RunAsync(["events", "export", "--to", At(file), "--data", log.Path, .. args]);

    private async Task<Outcome> ExportAsync(DataFolder log, string file, params string[] args) =>
        (await RunAsync(log, file, [.. args, "--format", "jsonl"])).ShouldSucceed();

    private async Task<long> AddedAsync(DataFolder log, string file, params string[] args) =>
        (await ExportAsync(log, file, args)).Rows.Single().GetProperty("added").GetInt64();

    private void Run(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={At(file)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
