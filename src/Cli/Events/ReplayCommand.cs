using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cqrs.Cli.Audit;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Events;

/// <summary><c>cqrs events replay</c>: shows what happened, as it happened.</summary>
internal static class ReplayCommand
{
    private const string Examples = """
        Shows events in the order of the log. Personal data are masked, unless --reveal asks for them.

        Examples:
          cqrs events replay --category connection --from 2026-11-01 --to 2026-11-30
          cqrs events replay --limit 20 --columns stream,type
          cqrs events replay --user 95979f74-c436-4f81-92f8-f76d1305e808 --format jsonl | jq .type
          cqrs events replay --type invite-sent.v1 --type invite-accepted.v1 --follow
          cqrs events replay --correlation 0199… --speed 60x
          cqrs events replay --stream user-95979f74-c436-4f81-92f8-f76d1305e808 --reveal --reason "ticket 4711"

        """;

    private const double Slowest = 0.001;
    private const double Fastest = 1_000_000;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    public static Command Make(CommonOptions common)
    {
        var query = new EventQueryOptions();
        var reveal = new RevealOptions();
        var follow = new Option<bool>("--follow") { Description = "Go on with what comes, until Ctrl-C" };
        var speed = new Option<double?>("--speed") { Description = "In the rhythm in which it happened, so many times as fast: 1x, 60x", HelpName = "Nx", CustomParser = ParseSpeed };
        var command = new Command("replay", Examples + ExitCodes.Table) { follow, speed };
        query.AddTo(command);
        reveal.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(follow) && result.GetResult("--backwards") is OptionResult { Implicit: false })
                result.AddError("--follow goes forwards; leave out --backwards.");
        });
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (stores, output) => ReplayAsync(
            stores, query.Read(parsed, parsed.GetValue(follow)), reveal.Read(parsed), output, parsed.GetValue(speed), cancel)));
        return command;
    }

    private static async Task ReplayAsync(
        Stores stores, EventQuery query, Reveal? reveal, CommandOutput output, double? speed, CancellationToken cancel)
    {
        var rows = new EventRows(await RevealAudit.FieldsAsync(stores, reveal, "events replay", query, cancel));
        await using var writer = output.Rows();
        DateTimeOffset? before = null;
        var any = false;
        await foreach (var page in query.ReadAsync(stores.Log, cancel))
        {
            foreach (var recorded in page.Events)
            {
                if (speed is { } factor) await WaitAsync(before, recorded, factor, writer, cancel);
                before = recorded.Created;
                any = true;
                await writer.WriteAsync(output.IsForPeople ? await rows.ShortAsync(recorded, cancel) : await rows.WholeAsync(recorded, cancel));
            }

            if (query.Follow) await writer.FlushAsync();
        }

        if (any) return;
        if (query.Stream is { } stream) await RevealAudit.EnsureThereAsync(stores.Log, stream, cancel);
        if (output.Format == Format.Table) await output.Messages.WriteLineAsync("No event matches.");
    }

    private static async ValueTask WaitAsync(DateTimeOffset? before, RecordedEvent next, double factor, IRowWriter writer, CancellationToken cancel)
    {
        if (before is not { } last || (next.Created - last).Duration() / factor is not { Ticks: > 0 } wait) return;
        await writer.FlushAsync();

        // A delay takes at most 49 days, and a history may have longer gaps.
        for (; wait > LongestDelay; wait -= LongestDelay) await Task.Delay(LongestDelay, cancel);
        await Task.Delay(wait, cancel);
    }

    private static double? ParseSpeed(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value.Trim() : "";
        var number = text.EndsWith('x') ? text.AsSpan(0, text.Length - 1) : text;
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var factor) && factor is >= Slowest and <= Fastest) return factor;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"'{text}' is no speed. For example 1x, 60x or 0.5x; {Slowest} to {Fastest}."));
        return null;
    }
}
