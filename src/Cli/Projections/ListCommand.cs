using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Events;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.Projections.Engine;

namespace Cqrs.Cli.Projections;

/// <summary><c>cqrs projections list</c>: how the read models are, also those that another process runs.</summary>
internal static class ListCommand
{
    private const string Examples = """
        Shows how each read model is: state, position, how far it is behind the log, events applied a second,
        the code that built it, and the event that it met trouble with last.

        States: starting, catching-up, live; waiting (tries again by itself); stopped (by an event; mend it, then
        cqrs projections resume NAME); not-of-this-log (cqrs followers list says why); not-running (no server runs it now);
        absent (no model yet).

        Examples:
          cqrs projections list
          cqrs projections list --format jsonl | jq 'select(.stale)'

        """;

    private const int PageSize = 4_096;

    public static Command Make(CommonOptions common)
    {
        var command = new Command("list", Examples + ExitCodes.Table);
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (stores, output) => ListAsync(stores, output, cancel)));
        return command;
    }

    /// <summary>The state as it is shown.</summary>
    public static string StateOf(ProjectionOverview? overview, DateTimeOffset now) => overview switch
    {
        null => "absent",
        { Status: { } status } when status.IsRunning(now) => status.State switch
        {
            ProjectionState.CatchingUp => "catching-up",
            ProjectionState.NotOfThisLog => "not-of-this-log",
            var state => state.ToString().ToLowerInvariant(),
        },
        _ => "not-running",
    };

    private static async Task ListAsync(Stores stores, CommandOutput output, CancellationToken cancel)
    {
        await using var rows = output.Rows();
        foreach (var model in stores.Models)
        {
            var (overview, now) = (ProjectionOverview.Read(stores.ModelsFolder, model), DateTimeOffset.UtcNow);
            var (events, oldest) = await LagAsync(stores.Log, model, overview?.Position ?? LogPosition.Start, cancel);
            var behind = oldest is { } since && now > since ? now - since : TimeSpan.Zero;
            await rows.WriteAsync(output.IsForPeople
                ? Short(model, overview, now, events, behind)
                : Whole(model, overview, now, events, behind));
        }
    }

    private static Row Short(ISqliteModel model, ProjectionOverview? overview, DateTimeOffset now, long events, TimeSpan behind) => new(
    [
        ("name", model.Name),
        ("state", StateOf(overview, now)),
        ("position", overview?.Position.Value),
        ("lag", events == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{events:N0} ({Durations.Text(behind)})")),
        ("rate", string.Create(CultureInfo.InvariantCulture, $"{RateOf(overview, now):0.#}/s")),
        ("version", overview is null ? null : overview.Version.IsStale ? $"{overview.Version.Built ?? "unknown"} (stale)" : overview.Version.Built),
        ("lastError", ErrorOf(overview)),
    ]);

    private static Row Whole(ISqliteModel model, ProjectionOverview? overview, DateTimeOffset now, long events, TimeSpan behind) => new(
    [
        ("name", model.Name),
        ("state", StateOf(overview, now)),
        ("position", overview?.Position.Value),
        ("lagEvents", events),
        ("lagSeconds", Math.Round(behind.TotalSeconds, 3)),
        ("rate", RateOf(overview, now)),
        ("version", overview?.Version.Built),
        ("current", model.Fingerprint),
        ("stale", overview?.Version.IsStale ?? false),
        ("lastError", overview?.Status is not { LastFailure: { } failure } status ? null : new JsonObject
        {
            ["error"] = failure.Error,
            ["reason"] = failure.Reason,
            ["position"] = failure.Position.Value,
            ["stream"] = failure.Stream,
            ["type"] = failure.Type,
            ["at"] = EventRows.Time(status.FailedAt!.Value),
        }),
    ]);

    private static double RateOf(ProjectionOverview? overview, DateTimeOffset now) =>
        overview?.Status is { } status && status.IsRunning(now) ? status.Rate : 0;

    private static string? ErrorOf(ProjectionOverview? overview) => overview?.Status is not { LastFailure: { } failure } status
        ? null
        : $"{failure.Error} at {failure.Position}{(failure.Stream is null ? "" : $" of {failure.Stream} ({failure.Type})")}, {EventRows.Time(status.FailedAt!.Value)}";

    /// <summary>How many events the model still has to be shown, and when the oldest of them happened.</summary>
    private static async ValueTask<(long Events, DateTimeOffset? Oldest)> LagAsync(
        IEventLog log, ISqliteModel model, LogPosition position, CancellationToken cancel)
    {
        var (events, oldest) = (0L, (DateTimeOffset?)null);
        for (var isEnd = false; !isEnd;)
        {
            var page = await log.ReadAllAsync(position, PageSize, model.Filter, cancel: cancel);
            oldest ??= page.Events.Count > 0 ? page.Events[0].Created : null;
            (events, position, isEnd) = (events + page.Events.Count, page.Position, page.IsEnd);
        }

        return (events, oldest);
    }
}
