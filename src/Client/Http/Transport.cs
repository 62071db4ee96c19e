using System.Globalization;

namespace Cqrs.Client.Http;

/// <summary>Sends calls, again where that is safe and useful, and remembers how far the server was told to have come.</summary>
internal sealed class Transport(HttpClient http, ClientOptions options)
{
    private long _position;

    public HttpClient Http => http;

    public ClientOptions Options => options;

    public Retry Retry { get; } = new(options);

    /// <summary>The furthest position of the log that any answer has told.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>What is asked from now on has seen at least this position.</summary>
    public void SeeAtLeast(long position)
    {
        for (var known = Position; position > known; known = Position)
            if (Interlocked.CompareExchange(ref _position, position, known) == known)
                return;
    }

    /// <exception cref="ApiException">The server refused, or did not answer however often it was asked.</exception>
    public Task<ApiAnswer> SendAsync(ApiCall call, CancellationToken cancel) => Retry.RunAsync(again => TryAsync(call, again), cancel);

    /// <summary>One try, for calls that are repeated as a part of something larger.</summary>
    public async Task<ApiAnswer> TryAsync(ApiCall call, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(options.TryTimeout, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        using var request = call.ToRequest();
        using var response = await http.SendAsync(request, either.Token);
        if (Header(response, "Cqrs-Position") is { } text && long.TryParse(text, CultureInfo.InvariantCulture, out var position)) SeeAtLeast(position);

        var answer = new ApiAnswer(
            (int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token), Header(response, "ETag"), response.Headers.Date);
        return response.IsSuccessStatusCode || answer.IsNotModified ? answer : throw await Failures.ReadAsync(response, either.Token);
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;
}
