using System.CommandLine;
using System.Text.Json.Nodes;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;

namespace Cqrs.Cli.Sql;

/// <summary><c>cqrs sql "select …"</c>: asks events and read models in SQL; it can only read.</summary>
internal static class SqlCommand
{
    private const int DefaultTimeout = 60;

    private const string Examples = """
        Asks events and read models in SQL (SQLite's dialect); changes nothing. The table events has every event, a view for
        each type has its fields as columns (invite-sent.v1 is invite_sent_v1), users and connections are the read models.
        Personal data are masked.

        Examples:
          cqrs sql --tables
          cqrs sql "select type, count(*) as events from events group by type order by 2 desc"
          cqrs sql "select inviter, count(*) as invites from invite_sent_v1 group by inviter order by 2 desc limit 10"
          cqrs sql "select status, count(*) as users from users group by status" --format csv
          cqrs sql "select * from events where position > 4711 and data ->> 'user' = '9597…'" --timeout 300

        """;

    public static Command Make(CommonOptions common)
    {
        var statement = new Argument<string?>("statement") { Description = "One statement that reads; in quotes", Arity = ArgumentArity.ZeroOrOne };
        var tables = new Option<bool>("--tables") { Description = "What can be asked: tables and views, with their columns" };
        var timeout = new Option<int>("--timeout")
        {
            Description = "Seconds after which it is ended; 0 for never",
            HelpName = "seconds",
            DefaultValueFactory = _ => DefaultTimeout,
        };
        timeout.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() < 0) result.AddError("--timeout must be 0 or more.");
        });
        var command = new Command("sql", Examples + ExitCodes.Table) { statement, tables, timeout };
        command.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValue(statement)) == !result.GetValue(tables))
                result.AddError("Say what to ask: one statement in quotes, such as \"select count(*) from events\", or --tables.");
        });
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, async (stores, output) =>
        {
            using var session = await SqlSession.OpenAsync(stores, output, cancel);
            await using var rows = output.Rows();
            if (parsed.GetValue(tables))
            {
                await ListAsync(session, rows, isForPeople: output.IsForPeople);
                if (session.MissingModels.Count > 0)
                    await output.Messages.WriteLineAsync($"Not built yet: {string.Join(", ", session.MissingModels)}. Build all read models: cqrs projections rebuild --all.");
            }
            else await AskAsync(session, parsed.GetValue(statement)!, TimeSpan.FromSeconds(parsed.GetValue(timeout)), rows, cancel);
        }));
        return command;
    }

    // A table lists the columns that every event has once, so that the rest fits into a line of a terminal.
    private static async Task ListAsync(SqlSession session, IRowWriter rows, bool isForPeople)
    {
        var (every, shared) = session.Tables[0];
        foreach (var (table, columns) in session.Tables)
        {
            IEnumerable<string> listed = isForPeople && table != every && columns[0] == shared[0] ? ["…", .. columns.Except(shared)] : columns;
            await rows.WriteAsync(new([("table", table), ("columns", string.Join(", ", listed))]));
        }
    }

    private static async Task AskAsync(SqlSession session, string statement, TimeSpan timeout, IRowWriter rows, CancellationToken cancel)
    {
        using var answer = session.Ask(statement, timeout, cancel);
        while (answer.Read())
            await rows.WriteAsync(new([.. answer.Columns.Select((name, column) => (name, (JsonNode?)answer.Value(column)))]));
    }
}
