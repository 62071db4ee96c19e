using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Cqrs.Gateway.Calls;

/// <summary>
/// Middleware around the gRPC library, for what the library decides before a handler runs or after it has ended: the
/// caller's access, a first message that does not come, frames that cannot be read, and a client that does not read the
/// end of its answer.
/// </summary>
internal sealed partial class CallGate(Callers callers, GatewayLimits limits, ILogger<GatewayServer> logger)
{
    private const int ResetCancel = 8; // CANCEL of RFC 9113, section 7

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiresAccessAttribute>() is not { } required || !GrpcResponse.IsGrpc(context.Request))
        {
            await next(context);
            return;
        }

        try
        {
            context.Features.Set(new Caller(Admit(context.Request, required.Access)));
        }
        catch (RpcException refusal)
        {
            context.Response.ContentType = GrpcResponse.ContentType;
            GrpcResponse.SetStatus(context.Response, refusal);
            return;
        }

        using (var timer = new FirstMessageTimer(context.Request.BodyReader, limits.Patience))
        {
            context.Features.Set(timer);
            await next(context);
            if (FaultOfRequest(context, timer) is { } fault) GrpcResponse.SetStatus(context.Response, fault);
        }

        if (context.Response.HasStarted) await EndAsync(context);
    }

    private Access Admit(HttpRequest request, Access required)
    {
        var access = callers.Of(request.Headers.Authorization);
        if (access >= required) return access;
        throw access == Access.Discover ? Refusals.Unauthenticated() : Refusals.AccessDenied();
    }

    // The library answers UNKNOWN for a request that it cannot read. Clients take that for a fault of the server.
    private RpcException? FaultOfRequest(HttpContext context, FirstMessageTimer timer)
    {
        if (context.Response.HasStarted) return null;
        if (timer.HasExpired) return Refusals.NoMessage(limits.Patience);
        var call = context.Features.Get<IServerCallContextFeature>()?.ServerCallContext;
        if (call?.Status.DebugException is not { } error) return null;
        if (Refusals.For(error) is { } known) return known;
        if (!context.RequestAborted.IsCancellationRequested) Failed(call.Method, error);
        return null;
    }

    // A client that does not read what was sent does not read the status behind it either. Without the reset its call
    // would hold memory here, and the server could not stop, for as long as the client answers pings.
    private async Task EndAsync(HttpContext context)
    {
        try
        {
            await context.Response.CompleteAsync().WaitAsync(limits.KeepAlive, TimeProvider.System);
        }
        catch (Exception e) when (e is TimeoutException or IOException or InvalidOperationException or OperationCanceledException or ConnectionAbortedException)
        {
            context.Features.Get<IHttpResetFeature>()?.Reset(ResetCancel);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Gateway call {Method} failed before its handler ran; the client got UNKNOWN.")]
    private partial void Failed(string method, Exception error);
}
