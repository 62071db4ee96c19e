using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Cqrs.Cli.Audit;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Events;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

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
          cqrs state user-95979f74-c436-4f81-92f8-f76d1305e808 --at 2026-11-23
          cqrs state user-95979f74-c436-4f81-92f8-f76d1305e808 --reveal --reason "ticket 4711"

        """;

    public static Command Make(CommonOptions common)
    {
        var stream = new Argument<string?>("stream") { Description = "Name of the stream: user-…, connection-… or phone-…", Arity = ArgumentArity.ExactlyOne, CustomParser = Points.ParseName };
        var at = new Option<Moment>("--at") { Description = "As of this version or time: 3, 2026-11-23T10:00Z; a day means its end", HelpName = "moment", CustomParser = ParseMoment };
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
            await ApplyAsync(stores.Codec, fold, recorded, cancel);
            last = recorded;
            if (!history) continue;
            var after = fold.State();
            await rows.WriteAsync(ChangeRow(recorded, StateDifference.Between(before, after)));
            before = after;
        }

        if (last is null) throw NothingThere(stream, at);
        if (!history) await WriteStateAsync(rows, output.IsForPeople, last, fold.State());
    }

    // A newer or another program wrote the event: neither its effect nor the state after it is known.
    private static async Task ApplyAsync(EventCodec codec, StreamFold fold, RecordedEvent recorded, CancellationToken cancel)
    {
        try
        {
            fold.Apply((await codec.DecodeAsync(recorded, cancel)).Event);
        }
        catch (Exception e) when (e is EventFormatException or NullReferenceException or InvalidCastException)
        {
            var why = e is EventFormatException ? e.Message : "It does not follow from the events before it.";
            var before = recorded.Version == 0 ? "" : $"; --at {recorded.Version - 1} shows the state before it";
            throw new CliException(
                ExitCodes.BadEvent,
                $"Event {recorded.Version} of {recorded.Stream} ({recorded.Type}, position {recorded.Position}) cannot be folded: {why} To see it: cqrs events replay --from {recorded.Position} --limit 1{before}.");
        }
    }

    private static Row ChangeRow(RecordedEvent recorded, JsonObject changed) => new(
    [
        ("version", recorded.Version), ("time", EventRows.Time(recorded.Created)), ("type", recorded.Type), ("changed", changed),
    ]);

    // A table reads better with a line for each value than with one long line.
    private static async Task WriteStateAsync(IRowWriter rows, bool isForPeople, RecordedEvent last, JsonObject state)
    {
        if (!isForPeople)
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

    private static CliException NothingThere(string stream, Moment at) => at == default
        ? RevealAudit.NoStream(stream)
        : new(ExitCodes.NoInput, $"The stream {stream} had no events then. Leave out --at to see whether it has any now.");

    private static Moment ParseMoment(ArgumentResult result)
    {
        var (version, time) = Points.ParseEnd(result, "version", $"3, {Times.Examples}");
        return new(version, time);
    }

    private readonly record struct Moment(long? Version, DateTimeOffset? Time)
    {
        public bool Includes(RecordedEvent recorded) =>
            (Version is not { } version || recorded.Version <= version) && (Time is not { } time || recorded.Created <= time);
    }
}
