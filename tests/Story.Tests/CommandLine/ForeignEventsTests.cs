using System.Text;
using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
using Microsoft.Data.Sqlite;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>
/// What <c>cqrs</c> answers on a log with events of other programs: types with the names of tables, data and metadata that
/// are no JSON, fields with any name, causes that form a loop.
/// </summary>
public sealed class ForeignEventsTests : IAsyncLifetime, IDisposable
{
    private static readonly byte[] NoJson = [0xff, 0x00, (byte)'{'];

    private readonly DataFolder _data = new();
    private SqliteEventLog _log = null!;

    public Task InitializeAsync()
    {
        _log = SqliteEventLog.Open(_data.Path);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_type_named_like_a_table_or_a_view_gets_a_view_of_another_name()
    {
        string[] types = ["events", "EVENTS", "sqlite_x", "cqrs_export", "events_by_type", "a-b.v1", "a_b.v1", "A-B.v1", "invite_sent_v1", "a \"quoted\" name"];
        foreach (var type in types) await AppendAsync(type, $$"""{"name":"{{type.Replace("\"", "", StringComparison.Ordinal)}}"}""");

        await ExportAsync("x.db");
        await AppendAsync("events", """{"name":"again","more":1}""");
        await AppendAsync("a-b.v1", """{"name":"again"}""");
        (await ExportAsync("x.db")).Rows.Single().GetProperty("events").GetInt64().ShouldBe(types.Length + 2);

        using var database = Open("x.db");
        Ask(database, "SELECT count(*) FROM events").ShouldBe([$"{types.Length + 2}"]);
        Ask(database, "SELECT name FROM events_2 ORDER BY position").ShouldBe(["EVENTS"], "types are sorted by their letters");
        Ask(database, "SELECT name || coalesce(more, '') FROM events_3 ORDER BY position").ShouldBe(["events", "again1"]);
        Ask(database, "SELECT name FROM type_sqlite_x").ShouldBe(["sqlite_x"]);
        Ask(database, "SELECT name FROM cqrs_export_2").ShouldBe(["cqrs_export"]);
        Ask(database, "SELECT name FROM events_by_type_2").ShouldBe(["events_by_type"]);
        Ask(database, "SELECT name FROM A_B_v1").ShouldBe(["A-B.v1"]);
        Ask(database, "SELECT name FROM a_b_v1_2 ORDER BY position").ShouldBe(["a-b.v1", "again"]);
        Ask(database, "SELECT name FROM a_b_v1_3").ShouldBe(["a_b.v1"]);
        Ask(database, "SELECT name FROM invite_sent_v1_2").ShouldBe(["invite_sent_v1"]);
        Ask(database, "SELECT name FROM \"a \"\"quoted\"\" name\"").ShouldBe(["a quoted name"]);
        Ask(database, "SELECT count(*) FROM invite_sent_v1").ShouldBe(["0"], "the view of a type that this program knows keeps its name");
    }

    [Fact]
    public async Task Fields_of_any_name_are_columns_of_their_own()
    {
        await AppendAsync("odd.v1", """{"none":{},"type":"own","data_type":"other","a":{"b":1},"a_b":2,"say \"hi\"":3,"back\\slash":4,"Type":"upper"}""");

        await ExportAsync("x.db");
        await ExportAsync("x.csv");
        await ExportAsync("x.jsonl");

        using (var database = Open("x.db"))
        {
            Ask(database, "SELECT data_Type || data_type_2 || data_type_3 FROM odd_v1").ShouldBe(["upperotherown"]);
            Ask(database, "SELECT \"say \"\"hi\"\"\" + \"back\\slash\" FROM odd_v1").ShouldBe(["7"]);
        }

        var row = JsonDocument.Parse(await File.ReadAllTextAsync(At("x.jsonl"))).RootElement.EnumerateObject().ToList();
        row.Select(field => field.Name).ShouldBeUnique();
        string[] values = ["own", "other", "upper", "1", "2", "3", "4", "odd.v1"];
        values.ShouldBeSubsetOf(row.Select(field => field.Value.ToString()));
        row.ShouldContain(field => field.Name == "none");
        var csv = await File.ReadAllTextAsync(At("x.csv"));
        foreach (var value in new[] { "own", "other", "upper", ":1", ":2", ":3", ":4" }) csv.ShouldContain(value);
    }

    [Fact]
    public async Task An_event_with_more_fields_than_a_view_can_have_stops_nothing()
    {
        var fields = string.Join(',', Enumerable.Range(0, 3_000).Select(i => $"\"field{i}\":{i}"));
        await AppendAsync("wide.v1", $"{{{fields},\"{new string('x', 1_500_000)}\":1}}");

        await ExportAsync("x.db");

        using var database = Open("x.db");
        Ask(database, "SELECT field0 FROM wide_v1").ShouldBe(["0"]);
        Ask(database, "SELECT json_extract(data, '$.field2999') FROM events").ShouldBe(["2999"]);
    }

    [Fact]
    public async Task A_view_keeps_the_fields_of_events_that_were_exported_before()
    {
        await AppendAsync("odd.v1", """{"first":1}""");
        await ExportAsync("x.db");
        await AppendAsync("odd.v1", """{"second":2}""");
        await ExportAsync("x.db");

        using var database = Open("x.db");
        Ask(database, "SELECT coalesce(first, 0) + coalesce(second, 0) FROM odd_v1 ORDER BY position").ShouldBe(["1", "2"]);
    }

    [Theory]
    [InlineData("""{"$correlationId":""", "metadata that were cut off")]
    [InlineData("", "no metadata")]
    [InlineData("[1]", "an array")]
    [InlineData("\"text\"", "a text")]
    [InlineData("""{"commandId":7,"$correlationId":"no id"}""", "other types")]
    public async Task Metadata_that_are_not_ours_stop_nothing(string metadata, string because)
    {
        await AppendAsync("odd.v1", """{"a":1}""", Encoding.UTF8.GetBytes(metadata));

        var row = (await RunAsync("sql", "select position, type, causationId, json_extract(data, '$.a') as a from events", "--format", "jsonl")).ShouldSucceed().Rows.Single();
        row.ToString().ShouldBe("""{"position":1,"type":"odd.v1","causationId":null,"a":1}""", because);
        (await RunAsync("sql", "select correlationId, commandId, actor from events where correlationId is null or true")).ShouldSucceed();
        var replayed = (await RunAsync("events", "replay", "--format", "jsonl")).ShouldSucceed().Rows.Single();
        replayed.GetProperty("data").GetRawText().ShouldBe("""{"a":1}""");
        foreach (var field in new[] { "correlationId", "causationId", "commandId", "actor" }) replayed.GetProperty(field).ValueKind.ShouldBe(JsonValueKind.Null, field);
        foreach (var file in new[] { "x.jsonl", "x.csv", "x.db" }) await ExportAsync(file);
        (await RunAsync("trace", Guid.NewGuid().ToString())).ShouldFail(ExitCodes.NoInput, "Nothing is recorded under");
    }

    [Fact]
    public async Task Data_that_are_no_utf8_stop_nothing()
    {
        await AppendAsync("odd.v1", [.. "{\"a\":\""u8, 0xff, .. "\"}"u8]);
        (await RunAsync("events", "replay", "--format", "csv")).ShouldSucceed().Output.ShouldContain("9 bytes");
        foreach (var file in new[] { "x.jsonl", "x.csv", "x.db" }) await ExportAsync(file);
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udfff":1}""")]
    [InlineData("""[1,2]""")]
    [InlineData("""{"a":1e999}""")]
    [InlineData("""{"connection":""")]
    public async Task Data_that_are_not_ours_stop_nothing(string data)
    {
        foreach (var type in new[] { "odd.v1", "invite-sent.v1" }) await AppendAsync(type, Encoding.UTF8.GetBytes(data));
        await AppendAsync("invite-sent.v1", NoJson);
        await AppendAsync("fine.v1", """{"b":1}""");

        foreach (var format in new[] { "table", "json", "jsonl", "csv" })
        {
            (await RunAsync("events", "replay", "--format", format)).ShouldSucceed().Output.ShouldContain("fine.v1");
            (await RunAsync("sql", "select * from events", "--format", format)).ShouldSucceed().Output.ShouldContain("fine.v1");
            (await RunAsync("sql", "select * from invite_sent_v1", "--format", format)).ShouldSucceed();
        }

        foreach (var file in new[] { "x.jsonl", "x.csv", "x.db" })
            (await ExportAsync(file)).Rows.Single().GetProperty("events").GetInt64().ShouldBe(4);
        using var database = Open("x.db");
        Ask(database, "SELECT b FROM fine_v1").ShouldBe(["1"]);
        Ask(database, "SELECT count(*) FROM invite_sent_v1").ShouldBe(["2"]);
        Ask(database, "SELECT count(*) FROM odd_v1").ShouldBe(["1"]);
    }

    [Fact]
    public async Task A_type_that_a_spreadsheet_takes_for_a_formula_is_marked_as_text_in_every_csv()
    {
        const string type = "=HYPERLINK(0)";
        var correlation = Guid.NewGuid();
        await AppendAsync(type, "{}"u8.ToArray(), Metadata(correlation, command: correlation, cause: correlation));
        await ExportAsync("x.csv");

        string[][] verbs = [["events", "replay"], ["trace", correlation.ToString()], ["sql", "select type, position from events"]];
        foreach (var verb in verbs)
        {
            (await RunAsync([.. verb, "--format", "csv"])).ShouldSucceed().Output.ShouldContain($"'{type}", customMessage: verb[0]);
            var raw = (await RunAsync([.. verb, "--format", "csv", "--raw-cells"])).ShouldSucceed().Output;
            raw.ShouldContain(type);
            raw.ShouldNotContain($"'{type}");
        }

        (await File.ReadAllTextAsync(At("x.csv"))).ShouldContain($",'{type},");
    }

    [Fact]
    public async Task A_loop_of_causes_is_traced()
    {
        var (correlation, first, second) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await AppendAsync("odd.v1", "{}"u8.ToArray(), Metadata(correlation, command: first, cause: second), first);
        await AppendAsync("odd.v1", "{}"u8.ToArray(), Metadata(correlation, command: second, cause: first), second);

        var rows = (await RunAsync("trace", correlation.ToString(), "--format", "jsonl")).ShouldSucceed().Rows;

        rows.Select(row => row.GetProperty("kind").GetString()).ShouldBe(["command", "event", "command", "event"]);
        (await RunAsync("trace", correlation.ToString())).ShouldSucceed().Output.ShouldContain("(its recorded cause follows from itself)");
    }

    private static byte[] Metadata(Guid correlation, Guid command, Guid cause) =>
        new EventMetadata(new(command), correlation, cause, Actor: null, DateTimeOffset.UnixEpoch).ToJson().ToArray();

    private Task AppendAsync(string type, string data, byte[]? metadata = null) => AppendAsync(type, Encoding.UTF8.GetBytes(data), metadata);

    private Task AppendAsync(string type, byte[] data, byte[]? metadata = null, Guid? id = null) => _log.AppendAsync(
        $"thing-{Guid.NewGuid()}", ExpectedVersion.NoStream, [new(id ?? Guid.NewGuid(), type, data, metadata ?? "{}"u8.ToArray())]);

    private Task<Outcome> RunAsync(params string[] args) => CqrsShell.RunAsync([.. args, "--data", _data.Path]);

    private async Task<Outcome> ExportAsync(string file) => (await RunAsync("events", "export", "--to", At(file), "--format", "jsonl")).ShouldSucceed();

    private string At(string file) => Path.Combine(_data.Path, file);

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
