using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Appending;
using Cqrs.Gateway.Calls;
using Cqrs.Gateway.Reading;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cqrs.Gateway;

/// <summary>The service <c>Streams</c> of EventStoreDB's protocol over a log.</summary>
internal sealed class StreamsService(
    IEventLog log, GatewayLimits limits, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<GatewayServer> logger) : Streams.StreamsBase
{
    [RequiresAccess(Access.Read)]
    public override async Task Read(ReadReq request, IServerStreamWriter<ReadResp> responseStream, ServerCallContext context)
    {
        // The library knows one limit for all methods of a service, and appends need more.
        if (request.CalculateSize() > GatewayLimits.QuestionLength) throw Refusals.MessageTooLong(GatewayLimits.QuestionLength);
        using var call = new Call(context, lifetime.ApplicationStopping);
        var answers = new MessageWriter<ReadResp>(responseStream, call);
        await new ReadCall(log, answers, call.Cancelled).RunAsync(request);
        await answers.FlushAsync();
    }

    [RequiresAccess(Access.Append)]
    public override async Task<AppendResp> Append(IAsyncStreamReader<AppendReq> requestStream, ServerCallContext context)
    {
        using var call = new Call(context, lifetime.ApplicationStopping);
        return await new AppendCall(log, new(requestStream, limits.Patience, call.Cancelled), call.Cancelled).RunAsync();
    }

    // A caller without the right to append gets the refusal append by append: the clients expect it so of this call.
    [RequiresAccess(Access.Read)]
    public override async Task BatchAppend(IAsyncStreamReader<BatchAppendReq> requestStream, IServerStreamWriter<BatchAppendResp> responseStream, ServerCallContext context)
    {
        using var call = new Call(context, lifetime.ApplicationStopping);
        var answers = new MessageWriter<BatchAppendResp>(responseStream, call);
        await new BatchAppendCall(log, call, requestStream, answers, limits, clock, logger).RunAsync();
    }

    [RequiresAccess(Access.Append)]
    public override Task<DeleteResp> Delete(DeleteReq request, ServerCallContext context) => throw Refusals.NoDeletion();

    [RequiresAccess(Access.Append)]
    public override Task<TombstoneResp> Tombstone(TombstoneReq request, ServerCallContext context) => throw Refusals.NoDeletion();
}
