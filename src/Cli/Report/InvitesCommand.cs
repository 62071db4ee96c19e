using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Events;
using Cqrs.Cli.Output;
using Cqrs.Domain.Decisions;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Report;

/// <summary>What a row of the report stands for.</summary>
internal enum Period
{
    Day,
    Week,
    All,
}

/// <summary><c>cqrs report invites</c>: what comes of invites, from the sending to the answer.</summary>
internal static class InvitesCommand
{
    private const string Examples = """
        Follows invites from the sending to the answer: link opened, registered, seen, accepted or rejected. A row for the
        invites that were sent in one period, whenever the steps were taken; times are from one step to the next. In UTC.

        Examples:
          cqrs report invites
          cqrs report invites --by day --from 2026-11-01 --to 2026-11-30
          cqrs report invites --by week --format csv > invites.csv

        """;

    public static Command Make(CommonOptions common)
    {
        var by = new Option<Period>("--by") { Description = "A row for each day, each week (ISO 8601), or one for all", HelpName = "day|week|all", DefaultValueFactory = _ => Period.Week };
        var from = new Option<DateTimeOffset?>("--from") { Description = "Invites sent at this time or later: 2026-11-23, 2026-11-23T10:00Z", HelpName = "time", CustomParser = Points.ParseStartTime };
        var to = new Option<DateTimeOffset?>("--to", "--until") { Description = "Invites sent at this time or earlier; a day means until its end", HelpName = "time", CustomParser = Points.ParseEndTime };
        var command = new Command("invites", Examples + ExitCodes.Table) { by, from, to };
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (stores, output) => ReportAsync(
            stores, parsed.GetValue(by), parsed.GetValue(from), parsed.GetValue(to), output, cancel)));
        return command;
    }

    private static async Task ReportAsync(
        Stores stores, Period by, DateTimeOffset? from, DateTimeOffset? to, CommandOutput output, CancellationToken cancel)
    {
        var funnel = new InviteFunnel(sent => sent < from || sent > to ? null : NameOf(sent, by));
        using (var progress = output.Progress(LogPosition.Start, await stores.Log.HeadAsync(cancel), stores.Clock))
        {
            var seen = 0L;
            await foreach (var page in new EventQuery { Types = InviteFunnel.EventTypes }.ReadAsync(stores.Log, cancel))
            {
                foreach (var recorded in page.Events) funnel.Add((IDomainEvent)stores.Codec.DecodeErased(recorded), recorded.Version);
                seen += page.Events.Count;
                progress.Report(seen, page.Position);
            }
        }

        if (output.IsForPeople)
        {
            await InviteReport.WriteAsync(funnel.Cohorts, by, output);
            return;
        }

        await using var rows = output.Rows();
        foreach (var (period, cohort) in funnel.Cohorts) await rows.WriteAsync(RowOf(period, cohort));
    }

    private static Row RowOf(string period, InviteCohort cohort)
    {
        var cells = new List<(string, JsonNode?)> { ("period", period), ("invited", cohort.Invited), ("withoutApp", cohort.WithoutApp) };
        foreach (var (step, durations) in cohort.Steps) cells.Add((InviteReport.NameOf(step), durations.Count));
        cells.AddRange([("cancelled", cohort.Cancelled), ("forgotten", cohort.Forgotten), ("open", cohort.Open)]);
        foreach (var (step, durations) in cohort.Steps)
        {
            cells.Add(($"{InviteReport.NameOf(step)}MedianSeconds", Seconds(durations.Quantile(0.5))));
            cells.Add(($"{InviteReport.NameOf(step)}P90Seconds", Seconds(durations.Quantile(0.9))));
        }

        return new(cells);
    }

    private static JsonNode? Seconds(TimeSpan? time) => time is { } known ? Math.Round(known.TotalSeconds, 3) : null;

    private static string NameOf(DateTimeOffset sent, Period by) => by switch
    {
        Period.Day => sent.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Period.Week => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(sent.UtcDateTime)}-W{ISOWeek.GetWeekOfYear(sent.UtcDateTime):00}"),
        _ => "all",
    };
}
