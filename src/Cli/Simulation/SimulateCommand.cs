using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cqrs.Api.Configuration;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Simulation;

/// <summary><c>cqrs simulate</c>: fills an empty store with a believable history, for demos, rebuilds and benchmarks.</summary>
internal static class SimulateCommand
{
    private const string Examples = """
        Fills an empty store with a believable history.
        The handlers of the product are run with people who never were: growth by invites, people who never answer,
        rejections, cancellations, lost tokens, some who leave. The same options make the same history. Stop it with
        Ctrl-C: what is there by then is a valid history, only shorter.

        Examples:
          cqrs simulate --data /tmp/demo
          cqrs simulate --users 5000 --days 180 --seed 7 --data /tmp/demo
          cqrs simulate --events 1000000 --data /tmp/million
          dotnet run --project src/Api -- --Data /tmp/demo

        """;

    // What one user comes to in a year, all told; so that a target is met within the days asked for, or thereabouts.
    private const double EventsPerUserAndDay = 0.25;
    private const int EventsPerUser = 20;

    private static readonly DateTimeOffset DefaultFrom = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Command Make(CommonOptions common)
    {
        var users = new Option<int>("--users") { Description = "How many people come to the app", HelpName = "n", DefaultValueFactory = _ => 1_000 };
        var days = new Option<int>("--days") { Description = "How many days it takes", HelpName = "d", DefaultValueFactory = _ => 180 };
        var seed = new Option<int>("--seed") { Description = "Another number, another history", HelpName = "s", DefaultValueFactory = _ => 1 };
        var events = new Option<long?>("--events") { Description = "Ends when so many events are there; in place of --users", HelpName = "n" };
        var from = new Option<DateTimeOffset?>("--from") { Description = "The day on which it begins, 2025-01-01 if left out; it must end in the past", HelpName = "day", CustomParser = ParseDay };
        users.Validators.Add(Range(users, 1, Population.Largest / 4));
        days.Validators.Add(Range(days, 1, 3_650));
        events.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<long?>() is < 1 or > 20_000_000) result.AddError("--events must be 1 to 20000000.");
        });
        var command = new Command("simulate", Examples + ExitCodes.Table) { users, days, seed, events, from };
        command.Validators.Add(result =>
        {
            if (result.GetValue(events) is not null && result.GetResult(users) is OptionResult { Implicit: false })
                result.AddError("--events says how large the history becomes; leave out --users.");
        });
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (data, output) => SimulateAsync(
            data, parsed.GetValue(users), parsed.GetValue(days), parsed.GetValue(seed), parsed.GetValue(events), parsed.GetValue(from) ?? DefaultFrom, output, cancel)));
        return command;
    }

    private static async Task SimulateAsync(
        string? data, int users, int days, int seed, long? events, DateTimeOffset from, CommandOutput output, CancellationToken cancel)
    {
        if (events is { } target) users = (int)Math.Clamp(target / (EventsPerUser + (days * EventsPerUserAndDay)), 10, Population.Largest / 4);
        if (from > TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(days))
            throw new CliException(ExitCodes.Usage, "The history would end in the future, and clocks would seem wrong. Give an earlier --from, or fewer --days.");

        var settings = Stores.ReadSettings(data, mayBeMissing: true);
        await using var history = new History(new(users, days, seed, from, events) { Settings = settings });
        await RefuseHistoryAsync(history, settings);
        using (var progress = output.Progress("events"))
        {
            try
            {
                await history.RunAsync(() => progress.Report(history.Events, history.Done), cancel);
            }
            catch (WrongExpectedVersionException)
            {
                throw new CliException(
                    ExitCodes.Io, $"Somebody else writes to the log in {settings.Data}, a server probably. Stop it, and simulate into another folder.");
            }

            progress.Dispose();
            await output.Messages.WriteLineAsync(Summary(history, progress.Elapsed, settings, cancel.IsCancellationRequested));
        }

        await WriteCountsAsync(history, output);
        cancel.ThrowIfCancellationRequested();
    }

    private static async Task RefuseHistoryAsync(History history, Settings settings)
    {
        if ((await history.HeadAsync()).Value is > 0 and var head)
        {
            throw new CliException(ExitCodes.CannotCreate, string.Create(
                CultureInfo.InvariantCulture,
                $"The log in {settings.Data} has {head:N0} events; a simulated history is made in an empty one. Name a folder that is not there yet with --data."));
        }
    }

    private static string Summary(History history, TimeSpan elapsed, Settings settings, bool isCut) => string.Create(
        CultureInfo.InvariantCulture,
        $"{history.Events:N0} events in {Durations.Text(elapsed)}, {history.Events / Math.Max(0.001, elapsed.TotalSeconds):N0} a second: {history.Members:N0} members, up to {history.Now:yyyy-MM-dd}{(isCut ? ", where it was interrupted" : "")}.\nStart a server on it: dotnet run --project src/Api -- --Data {settings.Data}");

    private static async Task WriteCountsAsync(History history, CommandOutput output)
    {
        await using var rows = output.Rows();
        foreach (var (type, count) in history.EventsByType.OrderBy(type => type.Key, StringComparer.Ordinal))
            await rows.WriteAsync(new([("type", type), ("events", count)]));
    }

    private static Action<OptionResult> Range(Option<int> option, int least, int most) => result =>
    {
        if (result.GetValue(option) is var number && (number < least || number > most))
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be {least} to {most}."));
    };

    private static DateTimeOffset? ParseDay(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value.Trim() : "";
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        result.AddError($"'{text}' is no day. For example 2025-01-01.");
        return null;
    }
}
