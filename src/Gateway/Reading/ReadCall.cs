using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Cqrs.Gateway.Subscribing;
using Grpc.Core;
using Options = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options;

namespace Cqrs.Gateway.Reading;

/// <summary><c>Streams.Read</c>: reads and subscriptions, of one stream or of all.</summary>
internal sealed class ReadCall(IEventLog log, MessageWriter<ReadResp> answers, CancellationToken cancelled)
{
    // From this compatibility level on a client knows the messages FirstStreamPosition and LastStreamPosition.
    private const uint KnowsEnds = 1;

    /// <exception cref="RpcException">The request is malformed.</exception>
    public async Task RunAsync(ReadReq request)
    {
        var options = request.Options ?? throw Refusals.Invalid("`options` is a required argument.");
        if (options.UuidOption is null) throw Refusals.Invalid("`uuidOption` is a required argument.");
        var messages = EventMessages.For(options.UuidOption);
        var direction = (ReadDirection)options.ReadDirection;
        switch (options.StreamOptionCase, options.CountOptionCase, direction, options.FilterOptionCase)
        {
            case (Options.StreamOptionOneofCase.Stream, Options.CountOptionOneofCase.Count, ReadDirection.Forwards or ReadDirection.Backwards, Options.FilterOptionOneofCase.NoFilter):
                var tellsEnds = options.ControlOption?.Compatibility >= KnowsEnds;
                await new StreamReading(log, answers, messages, tellsEnds, cancelled).RunAsync(Names.Of(options.Stream.StreamIdentifier), Starts.Of(options.Stream), direction, options.Count);
                break;
            case (Options.StreamOptionOneofCase.Stream, Options.CountOptionOneofCase.Subscription, ReadDirection.Forwards, Options.FilterOptionOneofCase.NoFilter):
                await new StreamSubscription(log, answers, messages, Names.Of(options.Stream.StreamIdentifier), cancelled).RunAsync(Starts.Of(options.Stream));
                break;
            case (Options.StreamOptionOneofCase.All, Options.CountOptionOneofCase.Count, ReadDirection.Forwards or ReadDirection.Backwards, Options.FilterOptionOneofCase.NoFilter or Options.FilterOptionOneofCase.Filter):
                await new AllReading(log, answers, messages, Filter(options), cancelled).RunAsync(Starts.Of(options.All), direction, options.Count);
                break;
            case (Options.StreamOptionOneofCase.All, Options.CountOptionOneofCase.Subscription, ReadDirection.Forwards, Options.FilterOptionOneofCase.NoFilter or Options.FilterOptionOneofCase.Filter):
                await new AllSubscription(log, answers, messages, Filter(options), cancelled).RunAsync(Starts.Of(options.All));
                break;
            default:
                throw Refusals.Invalid($"The combination of {options.StreamOptionCase}, {options.CountOptionCase}, {options.ReadDirection}, {options.FilterOptionCase} is invalid.");
        }
    }

    private static EventFilter Filter(Options options) => options.Filter is null
        ? EventFilter.Everything
        : EventFilter.Of(options.Filter, options.CountOptionCase == Options.CountOptionOneofCase.Subscription);
}
