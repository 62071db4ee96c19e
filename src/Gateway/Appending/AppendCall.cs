using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;

namespace Cqrs.Gateway.Appending;

/// <summary><c>Streams.Append</c>: the options, then one message for each event, then one answer.</summary>
internal sealed class AppendCall(IEventLog log)
{
    public async Task RunAsync(GrpcCall call)
    {
        var first = await NextAsync(call);
        if (first?.Options is not { } options) throw Refusals.Invalid("An append begins with its options.");
        var proposals = Proposals.For(options.StreamIdentifier, Expectations.Of(options));
        while (await NextAsync(call) is { } next)
        {
            if (next.ProposedMessage is not { } message) throw Refusals.Invalid("After the options of an append, nothing but events is expected.");
            proposals.Add(message.Id, message.Metadata, message.CustomMetadata, message.Data);
        }

        var answer = new AppendResp();
        try
        {
            var (version, position) = await proposals.AppendAsync(log, call.Cancelled);
            answer.Success = new();
            if (version < 0) answer.Success.NoStream = new();
            else answer.Success.CurrentRevision = (ulong)version;
            if (position is { } at) answer.Success.Position = new() { CommitPosition = (ulong)at.Value, PreparePosition = (ulong)at.Value };
            else answer.Success.NoPosition = new();
        }
        catch (WrongExpectedVersionException refused)
        {
            answer.WrongExpectedVersion = Expectations.Answer(refused);
        }

        await call.WriteAsync(answer);
    }

    private static async Task<AppendReq?> NextAsync(GrpcCall call)
    {
        try
        {
            return await call.NextAsync(AppendReq.Parser, GatewayLimits.AppendLength);
        }
        catch (GrpcMessageTooLongException)
        {
            throw Refusals.AppendTooLarge();
        }
    }
}
