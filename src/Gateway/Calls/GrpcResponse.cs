using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cqrs.Gateway.Calls;

/// <summary>Statuses that are written outside a handler: <c>doc/PROTOCOL-HTTP2.md</c> of gRPC's public repository.</summary>
internal static class GrpcResponse
{
    public const string ContentType = "application/grpc";

    public static bool IsGrpc(HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (type.Length == ContentType.Length || type[ContentType.Length] is '+' or ';');

    /// <summary>Sets the status, replacing an earlier one: in the headers, or in the trailers when the headers are sent.</summary>
    public static void SetStatus(HttpResponse response, RpcException refusal)
    {
        var headers = response.HasStarted
            ? response.HttpContext.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
            : response.Headers;
        headers["grpc-status"] = ((int)refusal.StatusCode).ToString(CultureInfo.InvariantCulture);
        headers["grpc-message"] = Encode(refusal.Status.Detail);
        foreach (var trailer in refusal.Trailers) headers[trailer.Key] = trailer.Value;
    }

    /// <summary>Answers a request that no service takes.</summary>
    public static Task NotOffered(HttpContext context)
    {
        if (!IsGrpc(context.Request)) context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        else if (!HttpMethods.IsPost(context.Request.Method)) context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        else
        {
            context.Response.ContentType = ContentType;
            SetStatus(context.Response, Refusals.Of(StatusCode.Unimplemented, $"This server does not offer {context.Request.Path}."));
        }

        return Task.CompletedTask;
    }

    // Percent-encoding of all bytes but printable ASCII, as the protocol has it for grpc-message.
    private static string Encode(string message) =>
        message.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 && !message.Contains('%') ? message : Uri.EscapeDataString(message);
}
