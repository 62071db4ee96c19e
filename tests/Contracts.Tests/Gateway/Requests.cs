using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Google.Protobuf;
using Options = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>Short words for requests.</summary>
internal static class Requests
{
    public static ReadReq ReadStream(string stream, ulong count = ulong.MaxValue, Action<Options>? change = null)
    {
        var options = Whole(count, change: null);
        options.Stream = new() { StreamIdentifier = Conversions.ToIdentifier(stream), Start = new() };
        change?.Invoke(options);
        return new() { Options = options };
    }

    public static ReadReq ReadAll(ulong count = ulong.MaxValue, Action<Options>? change = null) => new() { Options = Whole(count, change) };

    public static ReadReq SubscribeAll(Action<Options>? change = null) => ReadAll(change: options =>
    {
        options.Subscription = new();
        change?.Invoke(options);
    });

    public static Options.Types.FilterOptions Filter(Action<Options.Types.FilterOptions> change)
    {
        var filter = new Options.Types.FilterOptions { Count = new(), CheckpointIntervalMultiplier = 1 };
        change(filter);
        return filter;
    }

    public static AppendReq AppendTo(string stream) => new() { Options = new() { StreamIdentifier = Conversions.ToIdentifier(stream), Any = new() } };

    public static AppendReq Proposed(string type = "proposed", int bytes = 10, Guid? id = null) => new()
    {
        ProposedMessage = new()
        {
            Id = Conversions.ToUuid(id ?? Guid.NewGuid()),
            Metadata = { [Conversions.Type] = type, [Conversions.ContentType] = Conversions.Binary },
            Data = ByteString.CopyFrom(new byte[bytes]),
        },
    };

    public static BatchAppendReq Batch(string stream, int events = 1, Action<BatchAppendReq>? change = null)
    {
        var request = new BatchAppendReq
        {
            CorrelationId = Conversions.ToUuid(Guid.NewGuid()),
            Options = new() { StreamIdentifier = Conversions.ToIdentifier(stream), Any = new() },
            IsFinal = true,
        };
        for (var i = 0; i < events; i++)
        {
            request.ProposedMessages.Add(new BatchAppendReq.Types.ProposedMessage
            {
                Id = Conversions.ToUuid(Guid.NewGuid()),
                Metadata = { [Conversions.Type] = "proposed", [Conversions.ContentType] = Conversions.Json },
                Data = ByteString.CopyFromUtf8("{}"),
            });
        }

        change?.Invoke(request);
        return request;
    }

    private static Options Whole(ulong count, Action<Options>? change)
    {
        var options = new Options { All = new() { Start = new() }, Count = count, NoFilter = new(), UuidOption = new() { String = new() } };
        change?.Invoke(options);
        return options;
    }
}
