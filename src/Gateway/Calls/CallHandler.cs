using System.Globalization;
using Cqrs.EventStore.EventStoreDb.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Cqrs.Gateway.Calls;

/// <summary>
/// Takes a call from HTTP/2 and ends it with a status: <c>doc/PROTOCOL-HTTP2.md</c> of gRPC's public repository. A status
/// before the first message goes into the headers, one after it into the trailers.
/// </summary>
internal sealed partial class CallHandler(
    IReadOnlyDictionary<string, CallEntry> calls, Callers callers, CancellationToken stopping, GatewayLimits limits, ILogger logger)
{
    private const int ResetCancel = 8; // CANCEL of RFC 9113, section 7
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromDays(30);

    public async Task HandleAsync(HttpContext context)
    {
        if (!IsGrpc(context.Request.ContentType))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        context.Response.ContentType = GrpcHeaders.ContentType;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var timeout = GrpcHeaders.DecodeTimeout(context.Request.Headers[GrpcHeaders.Timeout].ToString());
        if (timeout < LongestDeadline) deadline.CancelAfter(timeout.Value);
        try
        {
            await RunAsync(context, deadline.Token);
            End(context, GrpcStatus.Ok, "", []);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
        catch (Exception e) when (e is ConnectionAbortedException or ConnectionResetException)
        {
            // The same, found while reading or writing.
        }
        catch (Exception e) when (deadline.IsCancellationRequested && e is not CallException)
        {
            var refusal = stopping.IsCancellationRequested
                ? Refusals.Stopping()
                : new(GrpcStatus.DeadlineExceeded, "The call took longer than its deadline.");
            End(context, refusal.Status, refusal.Message, refusal.Trailers);
            await LetGoAsync(context);
        }
        catch (Exception e)
        {
            var refusal = Refusals.For(e);
            if (refusal is null) Failed(context.Request.Path, e);
            refusal ??= new(GrpcStatus.Unknown, "The server failed.");
            End(context, refusal.Status, refusal.Message, refusal.Trailers);
        }
    }

    private static bool IsGrpc(string? contentType) =>
        contentType is not null && contentType.StartsWith(GrpcHeaders.ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == GrpcHeaders.ContentType.Length || contentType[GrpcHeaders.ContentType.Length] is '+' or ';');

    private async Task RunAsync(HttpContext context, CancellationToken cancelled)
    {
        if (!calls.TryGetValue(context.Request.Path.Value ?? "", out var entry))
            throw new CallException(GrpcStatus.Unimplemented, $"This server does not offer {context.Request.Path}.");
        if (context.Request.Headers[GrpcHeaders.Encoding] is [{ } encoding, ..] && encoding != "identity")
        {
            throw new CallException(
                GrpcStatus.Unimplemented, $"Messages compressed with '{encoding}' are not understood.", ("grpc-accept-encoding", "identity"));
        }

        var access = callers.Of(context.Request.Headers.Authorization);
        if (access < entry.Needs)
            throw access == Access.Discover ? Refusals.Unauthenticated() : Refusals.AccessDenied();
        var call = new GrpcCall(context, access, limits, cancelled);
        await entry.Run(call);
        await call.FlushAsync();
    }

    private static void End(HttpContext context, GrpcStatus status, string message, IReadOnlyList<(string Name, string Value)> trailers)
    {
        var headers = status == GrpcStatus.Ok || context.Response.HasStarted
            ? context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
            : context.Response.Headers;
        headers[GrpcHeaders.Status] = ((int)status).ToString(CultureInfo.InvariantCulture);
        if (message.Length > 0) headers[GrpcHeaders.Message] = GrpcHeaders.EncodeMessage(message);
        foreach (var (name, value) in trailers) headers[name] = GrpcHeaders.EncodeMessage(value);
    }

    // Who does not read what was written does not read the status behind it either; the stream is given up.
    private async Task LetGoAsync(HttpContext context)
    {
        try
        {
            await context.Response.CompleteAsync().WaitAsync(limits.KeepAlive, TimeProvider.System);
        }
        catch (Exception e) when (e is TimeoutException or IOException or InvalidOperationException or OperationCanceledException)
        {
            context.Features.Get<IHttpResetFeature>()?.Reset(ResetCancel);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed.")]
    private partial void Failed(string path, Exception error);
}
