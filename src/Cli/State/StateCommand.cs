using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Cqrs.Cli.Audit;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Events;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.State;

/// <summary><c>cqrs state STREAM</c>: what the events of a stream come to, now or then, and what each of them changed.</summary>
internal static class StateCommand
{
    private const string Examples = """
        Folds a stream with the rules of the product. Personal data are masked, unless --reveal asks for them.

        Examples:
          cqrs state user-95979f74-c436-4f81-92f8-f76d1305e808
          cqrs state connection-9782bacc-3d04-836a-bfdc-f6389e0665b2 --history
          cqrs state connection-9782bacc-3d04-836a-bfdc-f6389e0665b2 --at 2 --format json
          cqrs state user-95979f74-c436-4f81-92f8-f76d1305e808 --at 2026-11-23T10:00Z
          cqrs state user-95979f74-c436-4f81-92f8-f76d1305e808 --reveal --reason "ticket 4711"

        """;

    public static Command Make(CommonOptions common)
    {
        var stream = new Argument<string>("stream") { Description = "Name of the stream: user-…, connection-… or phone-…" };
        var at = new Option<Moment>("--at") { Description = "As of this version or time: 3, 2026-11-23T10:00Z", HelpName = "moment", CustomParser = ParseMoment };
        var history = new Option<bool>("--history") { Description = "What each event changed" };
        var reveal = new RevealOptions();
        var command = new Command("state", Examples + ExitCodes.Table) { stream, at, history };
        reveal.AddTo(command);
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (stores, output) => ShowAsync(
            stores, parsed.GetValue(stream)!, parsed.GetValue(at), parsed.GetValue(history), reveal.Read(parsed), output, cancel)));
        return command;
    }

    private static async Task ShowAsync(
        Stores stores, string stream, Moment at, bool history, Reveal? reveal, CommandOutput output, CancellationToken cancel)
    {
        var fold = StreamFold.For(stream, inClear: reveal is not null) ?? throw new CliException(
            ExitCodes.NoInput, $"No rule folds streams of the category of '{stream}'. Those of user-…, connection-… and phone-… are folded.");
        if (reveal is not null)
        {
            await RevealAudit.EnsureThereAsync(stores.Log, stream, cancel);
            await RevealAudit.RecordAsync(stores, reveal, "state", $"stream={stream}", cancel);
        }

        await using var rows = output.Rows();
        var before = fold.State();
        RecordedEvent? last = null;
        await foreach (var recorded in EventsAsync(stores.Log, stream, cancel))
        {
            if (!at.Includes(recorded)) break;
            fold.Apply((await stores.Codec.DecodeAsync(recorded, cancel)).Event);
            last = recorded;
            if (!history) continue;
            var after = fold.State();
            await rows.WriteAsync(ChangeRow(recorded, StateDifference.Between(before, after)));
            before = after;
        }

        if (last is null) throw NothingThere(stream, at);
        if (!history) await WriteStateAsync(rows, output.Format, last, fold.State());
    }

    private static Row ChangeRow(RecordedEvent recorded, JsonObject changed) => new(
    [
        ("version", recorded.Version), ("time", EventRows.Time(recorded.Created)), ("type", recorded.Type), ("changed", changed),
    ]);

    // A table reads better with a line for each value than with one long line.
    private static async Task WriteStateAsync(IRowWriter rows, Format format, RecordedEvent last, JsonObject state)
    {
        if (format != Format.Table)
        {
            await rows.WriteAsync(new([("stream", last.Stream), ("version", last.Version), ("time", EventRows.Time(last.Created)), ("state", state)]));
            return;
        }

        await rows.WriteAsync(new([("name", "version"), ("value", last.Version)]));
        foreach (var (name, value) in state) await rows.WriteAsync(new([("name", name), ("value", value)]));
    }

    private static async IAsyncEnumerable<RecordedEvent> EventsAsync(
        IEventLog log, string stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var next = 0L;
        for (var isEnd = false; !isEnd;)
        {
            var slice = await log.ReadStreamAsync(stream, next, 512, cancel: cancel);
            foreach (var recorded in slice.Events) yield return recorded;
            isEnd = slice.IsEnd || slice.Events.Count == 0;
            if (slice.Events.Count > 0) next = slice.Events[^1].Version + 1;
        }
    }

    private static CliException NothingThere(string stream, Moment at) => new(ExitCodes.NoInput, at == default
        ? $"There is no stream {stream}. cqrs events replay shows the names of some."
        : $"The stream {stream} had no events then. Leave out --at to see whether it has any now.");

    private static Moment ParseMoment(ArgumentResult result)
    {
        var (version, time) = Points.Parse(result, "version", "3 or 2026-11-23T10:00Z");
        return new(version, time);
    }

    private readonly record struct Moment(long? Version, DateTimeOffset? Time)
    {
        public bool Includes(RecordedEvent recorded) =>
            (Version is not { } version || recorded.Version <= version) && (Time is not { } time || recorded.Created <= time);
    }
}
