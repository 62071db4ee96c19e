using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Google.Protobuf;
using Grpc.Core;
using Conflict = Cqrs.EventStore.EventStoreDb.Protocol.AppendResp.Types.WrongExpectedVersion;

namespace Cqrs.EventStore.EventStoreDb.Appending;

/// <summary>One append per call, for servers without batches.</summary>
internal static class SingleAppend
{
    public static async Task<AppendOutcome> SendAsync(ConnectedNode node, AppendAsked asked, TimeSpan deadline, CancellationToken cancel)
    {
        using var call = node.Grpc.Streams.Append(node.Grpc.Options(deadline, cancel));
        await WriteAsync(call.RequestStream, asked);
        var answer = await node.Grpc.AnswerAsync(call.ResponseAsync, cancel);
        return answer.ResultCase switch
        {
            AppendResp.ResultOneofCase.Success => Done(answer.Success),
            AppendResp.ResultOneofCase.WrongExpectedVersion => AppendOutcome.At(ActualOf(answer.WrongExpectedVersion)),
            _ => throw new GrpcFormatException("The answer to an append has no result."),
        };
    }

    // A server that refuses early stops reading; its status comes with the answer.
    private static async Task WriteAsync(IClientStreamWriter<AppendReq> requests, AppendAsked asked)
    {
        try
        {
            await requests.WriteAsync(new() { Options = OptionsOf(asked) });
            foreach (var e in asked.Events) await requests.WriteAsync(new() { ProposedMessage = MessageOf(e) });
            await requests.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException or IOException or HttpRequestException)
        {
            // The answer says why.
        }
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
