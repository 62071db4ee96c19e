using System.Text.Json;

namespace Cqrs.Client.Http;

/// <summary>What becomes an <see cref="ApiException"/>: problem details, answers of others, broken connections.</summary>
internal static class Failures
{
    /// <summary>Reads the problem details of an answer that says no.</summary>
    public static async Task<ApiException> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var status = (int)response.StatusCode;
        var problem = response.Content.Headers.ContentType?.MediaType is "application/problem+json"
            ? Parse(await response.Content.ReadAsByteArrayAsync(cancel))
            : null;

        // What a gateway between says in its page is not repeated: nobody knows what is in it.
        return new(problem?.Code ?? $"http-{status}", status, problem?.Detail ?? $"The answer has the status {status}.")
        {
            Field = problem?.Field,
            AttemptsLeft = problem?.AttemptsLeft,
            RetryAfter = RetryAfter(response),
        };
    }

    /// <summary>Did the connection break, or the try take too long? Then no answer came, whatever the server did.</summary>
    public static bool IsBroken(Exception error, CancellationToken cancel) =>
        error is HttpRequestException
        || (error is OperationCanceledException && !cancel.IsCancellationRequested);

    public static ApiException Broken(Exception error) =>
        new(ApiException.Unreachable, status: 0, "The server cannot be reached, or the connection broke.", error);

    private static Problem? Parse(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ClientJson.Default.Problem);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } wait } => wait,
        { Date: { } at } when response.Headers.Date is { } now => at > now ? at - now : TimeSpan.Zero,
        _ => null,
    };
}

/// <summary>Problem details (RFC 9457), as far as the client reads them.</summary>
internal sealed record Problem(string? Code = null, string? Detail = null, string? Field = null, int? AttemptsLeft = null);
