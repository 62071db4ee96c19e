using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Grpc.Core;

namespace Cqrs.Gateway.Appending;

/// <summary><c>Streams.Append</c>: the options, then one message for each event, then one answer.</summary>
internal sealed class AppendCall(IEventLog log, MessageReader<AppendReq> requests, CancellationToken cancelled)
{
    public async Task<AppendResp> RunAsync()
    {
        var first = await NextAsync();
        if (first?.Options is not { } options) throw Refusals.Invalid("An append begins with its options.");
        var proposals = Proposals.For(options.StreamIdentifier, Expectations.Of(options));
        while (await NextAsync() is { } next)
        {
            if (next.ProposedMessage is not { } message) throw Refusals.Invalid("After the options of an append, only events are expected.");
            proposals.Add(message.Id, message.Metadata, message.CustomMetadata, message.Data);
        }

        try
        {
            var (version, position) = await proposals.AppendAsync(log, cancelled);
            var success = new AppendResp.Types.Success { Position = new() { CommitPosition = (ulong)position.Value, PreparePosition = (ulong)position.Value } };
            if (version < 0) success.NoStream = new();
            else success.CurrentRevision = (ulong)version;
            return new() { Success = success };
        }
        catch (WrongExpectedVersionException refused)
        {
            return new() { WrongExpectedVersion = Expectations.Answer(refused) };
        }
    }

    private async ValueTask<AppendReq?> NextAsync()
    {
        try
        {
            return await requests.NextAsync();
        }
        catch (Exception e) when (Refusals.For(e) is { StatusCode: StatusCode.ResourceExhausted })
        {
            // The message is longer than the library accepts, so the append is larger than the log accepts.
            throw Refusals.AppendTooLarge();
        }
    }
}
