using System.Threading.Channels;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Google.Protobuf;
using Conflict = Cqrs.EventStore.EventStoreDb.Protocol.AppendResp.Types.WrongExpectedVersion;

namespace Cqrs.EventStore.EventStoreDb.Appending;

/// <summary>An append as a call of its own, for servers that have no batches.</summary>
internal static class SingleAppend
{
    private const string Method = "event_store.client.streams.Streams/Append";

    public static async Task<AppendOutcome> SendAsync(ConnectedNode node, AppendAsked asked, TimeSpan deadline, CancellationToken cancel)
    {
        var messages = Channel.CreateUnbounded<IMessage>();
        messages.Writer.TryWrite(new AppendReq { Options = OptionsOf(asked) });
        foreach (var e in asked.Events) messages.Writer.TryWrite(new AppendReq { ProposedMessage = MessageOf(e) });
        messages.Writer.Complete();

        await using var call = await node.Grpc.CallAsync(Method, new GrpcChannelContent(messages.Reader), deadline, cancel);
        var answer = await call.ReadAsync(AppendResp.Parser, cancel) ?? throw new GrpcFormatException("An append ended without its answer.");

        // The status may still say that it failed.
        await call.ReadAsync(AppendResp.Parser, cancel);
        return answer.ResultCase switch
        {
            AppendResp.ResultOneofCase.Success => Done(answer.Success),
            AppendResp.ResultOneofCase.WrongExpectedVersion => AppendOutcome.At(ActualOf(answer.WrongExpectedVersion)),
            _ => throw new GrpcFormatException("The answer to an append has no result."),
        };
    }

    private static AppendReq.Types.Options OptionsOf(AppendAsked asked)
    {
        var options = new AppendReq.Types.Options { StreamIdentifier = Conversions.ToIdentifier(asked.Stream) };
        if (asked.Expected == ExpectedVersion.Any) options.Any = new();
        else if (asked.Expected == ExpectedVersion.StreamExists) options.StreamExists = new();
        else if (asked.Expected == ExpectedVersion.NoStream) options.NoStream = new();
        else options.Revision = (ulong)asked.Expected.Value;
        return options;
    }

    private static AppendReq.Types.ProposedMessage MessageOf(EventToAppend e) => new()
    {
        Id = Conversions.ToUuid(e.Id),
        Metadata = { [Conversions.Type] = e.Type, [Conversions.ContentType] = e.IsJson ? Conversions.Json : Conversions.Binary },
        CustomMetadata = UnsafeByteOperations.UnsafeWrap(e.Metadata),
        Data = UnsafeByteOperations.UnsafeWrap(e.Data),
    };

    private static AppendOutcome Done(AppendResp.Types.Success success) => AppendOutcome.Done(
        success.CurrentRevisionOptionCase == AppendResp.Types.Success.CurrentRevisionOptionOneofCase.CurrentRevision
            ? AppendOutcome.VersionOf(success.CurrentRevision)
            : StreamVersion.None,
        success.PositionOptionCase == AppendResp.Types.Success.PositionOptionOneofCase.Position && success.Position.CommitPosition <= long.MaxValue
            ? new((long)success.Position.CommitPosition)
            : null);

    private static long ActualOf(Conflict conflict) => conflict.CurrentRevisionOptionCase == Conflict.CurrentRevisionOptionOneofCase.CurrentRevision
        ? AppendOutcome.VersionOf(conflict.CurrentRevision)
        : StreamVersion.None;
}
