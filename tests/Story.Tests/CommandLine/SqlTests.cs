using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Cqrs.Cli.Sql;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs sql</c> beside a running server.</summary>
public sealed class SqlTests(AcquaintedFixture story) : IClassFixture<AcquaintedFixture>
{
    [Fact]
    public async Task Events_are_counted_as_they_are_in_the_log()
    {
        var recorded = await story.Server.RecordedAsync();
        var rows = await AskAsync("select type, count(*) as n from events group by type");
        rows.ToDictionary(row => row.GetProperty("type").GetString()!, row => row.GetProperty("n").GetInt32())
            .ShouldBe(recorded.GroupBy(e => e.Type).ToDictionary(type => type.Key, type => type.Count()), ignoreOrder: true);
    }

    [Theory]
    [InlineData("select count(*) as n from users", 3)]
    [InlineData("select count(1) as n from users limit 1", 3)]
    [InlineData("select count(*) as n from connections", 1)]
    [InlineData("select 1 as n from connections limit 1", 1)]
    [InlineData("select count(*) as n from invite_sent_v1", 1)]
    [InlineData("select count(*) as n from (select 1 from users)", 3)]
    [InlineData("with e as (select 1 from users) select count(*) as n from e", 3)]
    [InlineData("select (select count(*) from connections) as n", 1)]
    [InlineData("select exists(select 1 from connections) as n", 1)]
    [InlineData("select count(*) as n from events where position <= 7", 7)]
    [InlineData("select count(*) as n from (select 1 from events order by position limit 7)", 7)]
    [InlineData("select count(*) as n from users u, connections c", 3)]
    [InlineData("select count(*) as n from users u left join connections c on u.id = c.inviter", 3)]
    [InlineData("select count(*) over () as n from connections", 1)]
    [InlineData("select row_number() over (order by position) as n from events limit 1", 1)]
    [InlineData("with recursive n(n) as (select 1 union all select n + 1 from n where n < 3) select max(n) as n from n, connections", 3)]
    [InlineData("select count(*) as n from events e join json_each(e.data) f where e.type = 'invite-accepted.v1'", 4)]
    [InlineData("select count(*) as n from json_tree('{\"a\":[1,2]}')", 4)]
    public async Task Rows_can_be_counted(string statement, long count)
    {
        await Wait.UntilAsync(() => AskAsync("select id from users"), rows => rows.Count == 3);
        (await AskAsync(statement)).Single().GetProperty("n").GetInt64().ShouldBe(count);
    }

    [Theory]
    [InlineData("select count(*) as n from events")]
    [InlineData("select count(1) as n from events limit 1")]
    public async Task Counted_without_a_column_all_events_of_the_log_are_counted(string statement)
    {
        var before = (await story.Server.RecordedAsync()).Count;
        var count = (await AskAsync(statement)).Single().GetProperty("n").GetInt32();
        count.ShouldBeInRange(before, (await story.Server.RecordedAsync()).Count);
    }

    [Fact]
    public async Task Each_type_is_a_view_with_its_fields()
    {
        var row = (await AskAsync("select * from invite_sent_v1")).Single();
        row.GetProperty("inviter").GetGuid().ShouldBe(story.Ada.UserId);
        row.GetProperty("stream").GetString().ShouldBe($"connection-{story.Connection}");
        row.GetProperty("firstName").GetString().ShouldBe("•••");
    }

    [Fact]
    public async Task Everything_that_replay_shows_of_an_event_can_be_asked()
    {
        var replayed = (await CqrsShell.RunAsync(story.Server, "events", "replay", "--limit", "15", "--format", "jsonl")).ShouldSucceed().Rows;
        var asked = await AskAsync(
            "select position, created, stream, version, id, type, correlationId, causationId, commandId, actor, data from events order by position limit 15");

        asked.Select(row => row.GetProperty("data").GetString()).ShouldBe(replayed.Select(row => row.GetProperty("data").GetRawText()));
        foreach (var field in new[] { "position", "created", "stream", "version", "id", "type", "correlationId", "causationId", "commandId", "actor" })
            asked.Select(row => row.GetProperty(field).ToString()).ShouldBe(replayed.Select(row => row.GetProperty(field).ToString()), field);
    }

    [Fact]
    public async Task Read_models_are_tables()
    {
        await Wait.UntilAsync(() => AskAsync("select status from users where status = 'forgotten'"), rows => rows.Count == 1);
        var users = await AskAsync("select id, status, person from users order by verifiedAt limit 3");
        users.Select(row => row.GetProperty("status").GetString()).ShouldBe(["verified", "verified", "forgotten"]);
        users.Select(row => row.GetProperty("person").GetString()).ShouldBe(["•••", "•••", "erased"]);

        var connection = (await AskAsync("select * from connections")).Single();
        connection.GetProperty("phase").GetString().ShouldBe("connected");
        connection.GetProperty("inviter").GetGuid().ShouldBe(story.Ada.UserId);
        (await AskAsync("select c.id from connections c join users u on u.id = c.invitee join invite_sent_v1 i on i.connection = c.id")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Personal_data_are_answered_neither_in_clear_nor_sealed()
    {
        foreach (var table in (await RunAsync("--tables", "--format", "jsonl")).ShouldSucceed().Rows.Select(row => row.GetProperty("table").GetString()))
        {
            var output = (await RunAsync($"select * from {table}", "--format", "csv")).ShouldSucceed().Output;
            foreach (var secret in new[] { story.Ada.Number, "Lovelace", "Byron", story.Ada.MailboxKey.Reveal(), "sealed" }) output.ShouldNotContain(secret);
        }
    }

    [Theory]
    [InlineData("select data from cqrs_log.events")]
    [InlineData("select count(*) from cqrs_log.events")]
    [InlineData("with events as (select data from cqrs_log.events) select * from events")]
    [InlineData("select * from (select data from cqrs_log.events) as events")]
    [InlineData("select person from cqrs_users.users")]
    [InlineData("select (select count(*) from cqrs_users.users where person is not null), (select count(*) from users)")]
    [InlineData("select count(*) from cqrs_connections.pairs")]
    [InlineData("select 1 from cqrs_log.labels limit 1")]
    [InlineData("select count(*) from cqrs_log.events natural join (select count(*) from connections)")]
    [InlineData("select sql from sqlite_temp_schema")]
    [InlineData("select count(*) from sqlite_schema")]
    [InlineData("select name from sqlite_master")]
    [InlineData("select * from temp.sqlite_master")]
    [InlineData("select name from cqrs_log.sqlite_schema")]
    [InlineData("select count(*) from cqrs_users.sqlite_schema")]
    [InlineData("select * from pragma_table_info('events')")]
    [InlineData("select count(*) from pragma_table_info('events')")]
    [InlineData("select file from pragma_database_list")]
    [InlineData("select * from pragma_function_list")]
    [InlineData("with t as (select * from pragma_database_list) select * from t")]
    public async Task What_is_sealed_cannot_be_reached(string statement) => (await RunAsync(statement)).ShouldFail(ExitCodes.Usage, "cannot be asked");

    [Theory]
    [InlineData("delete from events")]
    [InlineData("update users set status = 'verified'")]
    [InlineData("delete from cqrs_log.events")]
    [InlineData("insert into cqrs_log.labels values (99, 'x')")]
    [InlineData("drop view events")]
    [InlineData("create table t (x)")]
    [InlineData("create temp table t (x)")]
    [InlineData("attach 'other.db' as other")]
    [InlineData("pragma query_only = off")]
    [InlineData("vacuum into '/tmp/stolen.db'")]
    [InlineData("begin immediate")]
    public async Task Nothing_can_be_changed(string statement)
    {
        var before = await story.Server.HeadAsync();
        (await RunAsync(statement)).ShouldFail(ExitCodes.Usage, "This cannot be asked");
        (await story.Server.HeadAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData("near \"selec\": syntax error", "selec 1")]
    [InlineData("no such table: invites", "select * from invites")]
    [InlineData("no such column: colour", "select colour from events")]
    [InlineData("These are several statements", "select 1; select 2")]
    [InlineData("nothing to fill parameters with", "select $1")]
    [InlineData("This asks nothing", "-- a remark")]
    [InlineData("--timeout must be 0 or more", "select 1", "--timeout", "-1")]
    [InlineData("Say what to ask")]
    [InlineData("Say what to ask", "select 1", "--tables")]
    public async Task Mistakes_are_named(string what, params string[] args) => (await RunAsync(args)).ShouldFail(ExitCodes.Usage, what);

    [Fact]
    public async Task What_takes_too_long_is_ended()
    {
        (await RunAsync("with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n", "--timeout", "1"))
            .ShouldFail(ExitCodes.TimedOut, "longer than 1 seconds");
    }

    [Fact]
    public async Task It_ends_when_it_is_interrupted()
    {
        using var stop = new CancellationTokenSource();
        var endless = Task.Run(() => CqrsShell.RunAsync(
            ["sql", "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n", "--timeout", "0", "--data", story.Server.Data.Path], cancel: stop.Token));
        await stop.CancelAsync();
        (await endless).ExitCode.ShouldBe(ExitCodes.Interrupted);
    }

    [Fact]
    public async Task Values_of_every_kind_are_answered()
    {
        var row = (await AskAsync("select 1 as whole, 1.5 as part, 'a,b' as text, x'00ff' as bytes, null as none; -- and a remark")).Single();
        row.ToString().ShouldBe("""{"whole":1,"part":1.5,"text":"a,b","bytes":"00ff","none":null}""");
    }

    [Theory]
    [InlineData("jsonl", """{"id":1,"id_2":2,"id_3":3}""")]
    [InlineData("json", """[{"id":1,"id_2":2,"id_3":3}]""")]
    [InlineData("csv", "id,id_2,id_31,2,3")]
    [InlineData("table", "id  id_2  id_31   2     3")]
    public async Task Columns_of_one_name_are_numbered(string format, string output)
    {
        var answer = (await RunAsync("select 1 as id, 2 as id, 3 as id", "--format", format)).ShouldSucceed().Output;
        answer.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).ShouldBe(output);
    }

    [Fact]
    public async Task A_numbered_column_takes_no_name_of_another()
    {
        (await AskAsync("select 1 as id, 2 as id, 3 as id_2")).Single().ToString().ShouldBe("""{"id":1,"id_3":2,"id_2":3}""");
        (await AskAsync("select u.*, c.* from users u join connections c on u.id = c.inviter")).Single().GetProperty("id_2").GetGuid().ShouldBe(story.Connection);
    }

    [Fact]
    public async Task In_csv_a_text_that_a_spreadsheet_takes_for_a_formula_is_marked_as_text()
    {
        const string statement = "select '=1+1' as \"=name\", -5 as number, '-5' as text, '+1' as plus, '@x' as at, char(9) || 'x' as tab, 'a-b' as plain, null as none";

        var safe = (await RunAsync(statement, "--format", "csv")).ShouldSucceed().Lines;
        var raw = (await RunAsync(statement, "--format", "csv", "--raw-cells")).ShouldSucceed().Lines;

        safe.Select(line => line.TrimEnd('\r')).ShouldBe(["'=name,number,text,plus,at,tab,plain,none", "'=1+1,-5,'-5,'+1,'@x,'\tx,a-b,"]);
        raw.Select(line => line.TrimEnd('\r')).ShouldBe(["=name,number,text,plus,at,tab,plain,none", "=1+1,-5,-5,+1,@x,\tx,a-b,"]);
        (await RunAsync(statement, "--format", "jsonl")).ShouldSucceed().Rows.Single().GetProperty("text").GetString().ShouldBe("-5");
    }

    [Fact]
    public async Task The_copy_of_another_log_or_of_one_that_went_on_differently_is_made_anew()
    {
        using DataFolder folder = new(), one = new(), other = new();
        var ids = await AppendAsync(one, 3);
        foreach (var file in Directory.EnumerateFiles(one.Path)) File.Copy(file, Path.Combine(other.Path, Path.GetFileName(file)));
        await AppendAsync(one, 2);
        var different = await AppendAsync(other, 1);

        using (var empty = new DataFolder())
        {
            await AppendAsync(empty, 9);
            (await CopiedAsync(empty)).Count.ShouldBe(9);
        }

        (await CopiedAsync(one)).Count.ShouldBe(5, "it is another log");
        (await CopiedAsync(other)).ShouldBe([.. ids, .. different], "it is shorter");
        await AppendAsync(one, 2);
        (await CopiedAsync(one)).Count.ShouldBe(7, "the fourth event is another one");
        different = [.. different, .. await AppendAsync(other, 6)];
        (await CopiedAsync(other)).ShouldBe([.. ids, .. different], "the seventh event is another one");

        async Task<IReadOnlyList<Guid>> CopiedAsync(DataFolder data)
        {
            await using var log = SqliteEventLog.Open(data.Path);
            using var session = SqlSession.Open(await CopyAsync(log, folder), folder.Path, story.Server.Services.GetRequiredService<ISubjectKeys>(), DomainEvents.All);
            using var answer = session.Ask("select id from events order by position", TimeSpan.Zero, CancellationToken.None);
            var copied = new List<Guid>();
            while (answer.Read()) copied.Add(Guid.Parse(answer.Value(0)!.GetValue<string>()));
            return copied;
        }

        static async Task<IReadOnlyList<Guid>> AppendAsync(DataFolder data, int count)
        {
            await using var log = SqliteEventLog.Open(data.Path);
            var ids = Enumerable.Range(0, count).Select(_ => Guid.NewGuid()).ToList();
            foreach (var id in ids) await log.AppendAsync($"thing-{id}", ExpectedVersion.NoStream, [new(id, "happened.v1", "{}"u8.ToArray(), "{}"u8.ToArray())]);
            return ids;
        }
    }

    [Fact]
    public async Task A_log_of_another_engine_is_copied_and_answers_the_same()
    {
        using var folder = new DataFolder();
        var (log, keys) = (story.Server.Services.GetRequiredService<IEventLog>(), story.Server.Services.GetRequiredService<ISubjectKeys>());
        var partly = new ShortLog(log);

        var file = await CopyAsync(partly, folder);
        partly.Until = long.MaxValue;
        (await CopyAsync(partly, folder)).ShouldBe(file);

        const string everything = "select * from events order by position limit 15";
        Answers(file).ShouldBe(Answers(Path.Combine(story.Server.Data.Path, SqliteEventLog.FileName)));

        IReadOnlyList<string> Answers(string path)
        {
            using var session = SqlSession.Open(path, folder.Path, keys, DomainEvents.All);
            using var answer = session.Ask(everything, TimeSpan.Zero, CancellationToken.None);
            var rows = new List<string>();
            while (answer.Read()) rows.Add(string.Join('|', answer.Columns.Select((_, column) => answer.Value(column)?.ToJsonString())));
            rows.Count.ShouldBe(15);
            return rows;
        }
    }

    private static Task<string> CopyAsync(IEventLog log, DataFolder folder) => CachedLog.BringUpToDateAsync(
        log, folder.Path, (from, to) => new LogProgress(new(TextWriter.Null, isTerminal: false, "events", TimeProvider.System), from, to), CancellationToken.None);

    private async Task<IReadOnlyList<JsonElement>> AskAsync(string statement) => (await RunAsync(statement, "--format", "jsonl")).ShouldSucceed().Rows;

    private Task<Outcome> RunAsync(params string[] args) => CqrsShell.RunAsync(story.Server, ["sql", .. args]);

    /// <summary>A log of which only a part is there yet.</summary>
    private sealed class ShortLog(IEventLog whole) : IEventLog
    {
        public long Until { get; set; } = 7;

        public async ValueTask<LogPage> ReadAllAsync(
            LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
        {
            var page = await whole.ReadAllAsync(from, maxCount, filter, direction, cancel);
            if (page.Position.Value <= Until) return page;
            return new([.. page.Events.Where(e => e.Position.Value <= Until)], new(Until), IsEnd: true);
        }

        public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default) => whole.HeadAsync(cancel);

        public Task<Appended> AppendAsync(
            string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) => throw new NotSupportedException();

        public ValueTask<StreamSlice> ReadStreamAsync(
            string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
            whole.ReadStreamAsync(stream, fromVersion, maxCount, direction, cancel);

        public IAsyncEnumerable<LogPage> SubscribeAsync(
            LogPosition after, LogFilter? filter = null, int maxPageSize = 512, CancellationToken cancel = default) => throw new NotSupportedException();
    }
}
