namespace Cqrs.Api.Http;

/// <summary>
/// Answers with problem details where no endpoint does: an unknown path, a wrong method, and exceptions of endpoints
/// without a pipeline of their own.
/// </summary>
public sealed class FallbackProblems(RequestDelegate next, ErrorReplies errors, TimeProvider clock)
{
    public const string NothingHere = "There is nothing at this address. The calls are listed at /openapi/v1.json.";

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception e) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            await errors.For(e, http).SendAsync(http.Response, http.RequestAborted);
            return;
        }

        if (http.Response.HasStarted || http.Response.ContentLength is not null || http.Response.ContentType is not null) return;
        var code = http.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => "not-found",
            StatusCodes.Status405MethodNotAllowed => "method-not-allowed",
            StatusCodes.Status415UnsupportedMediaType => "unsupported-media-type",
            _ => null,
        };
        if (code is null) return;
        var detail = code == "not-found" ? NothingHere : Problems.Kind(code).Title;
        await Reply.Problem(new(code, detail), clock.GetUtcNow()).SendAsync(http.Response, http.RequestAborted);
    }
}
