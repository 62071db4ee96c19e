using System.IO.Pipelines;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>The answers of one call. Not for several threads at a time.</summary>
internal sealed class GrpcAnswers : IAsyncDisposable
{
    /// <summary>The longest answer that is accepted, bytes: an event of the largest size with all that is around it.</summary>
    public const int MaxMessage = 32 * 1024 * 1024;

    private readonly HttpResponseMessage _response;
    private readonly PipeReader _body;
    private readonly GrpcFrameReader _frames;

    private GrpcAnswers(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _body = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        _frames = new(_body, MaxMessage);
    }

    /// <summary>From the head of the response on.</summary>
    /// <exception cref="GrpcCallException">The server refused at once.</exception>
    /// <exception cref="GrpcFormatException">This is no answer of gRPC.</exception>
    public static async Task<GrpcAnswers> OpenAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        try
        {
            if (response.StatusCode != System.Net.HttpStatusCode.OK) throw OfHttp(response);
            if (response.Content.Headers.ContentType?.MediaType?.StartsWith(GrpcHeaders.ContentType, StringComparison.Ordinal) != true)
                throw new GrpcFormatException("The answer is not application/grpc: this is no EventStoreDB.");

            // A status in the head: there is no body.
            Check(response.Headers, required: false);
            return new(response, await response.Content.ReadAsStreamAsync(cancel));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>The next answer; null when the call has ended well.</summary>
    public async ValueTask<T?> ReadAsync<T>(MessageParser<T> parser, CancellationToken cancel)
        where T : class, IMessage<T>
    {
        try
        {
            var message = await _frames.ReadAsync(parser, cancel);
            if (message is null) Check(_response.TrailingHeaders, required: true);
            return message;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // A server that ends a call early says why in the trailers, if it can.
            Check(_response.TrailingHeaders, required: false);
            throw new NodeLostException("The connection broke.", e);
        }
    }

    /// <summary>Takes an answer that has arrived already, without waiting.</summary>
    public bool TryRead<T>(MessageParser<T> parser, out T? message)
        where T : class, IMessage<T> => _frames.TryRead(parser, out message);

    public async ValueTask DisposeAsync()
    {
        // First the response: disposing of it ends the call on the wire.
        _response.Dispose();
        await _body.CompleteAsync();
    }

    private static void Check(HttpResponseHeaders headers, bool required)
    {
        if (Value(headers, GrpcHeaders.Status) is not { } text)
        {
            if (required) throw new NodeLostException("The answer ended without a status.");
            return;
        }

        if (!int.TryParse(text, out var code)) throw new GrpcFormatException("The status of the answer is no number.");
        if (code == 0) return;
        var message = Value(headers, GrpcHeaders.Message) is { } encoded ? GrpcHeaders.DecodeMessage(encoded) : "";
        var redirect = Value(headers, ServerErrors.LeaderHost) is { } host && int.TryParse(Value(headers, ServerErrors.LeaderPort), out var port)
            ? new NodeRedirect(host, port)
            : null;
        throw new GrpcCallException((GrpcStatus)code, message, Value(headers, ServerErrors.Trailer), redirect);
    }

    private static string? Value(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    // As "HTTP2 status codes to gRPC status codes" of gRPC's documents has it.
    private static GrpcCallException OfHttp(HttpResponseMessage response) => new(
        (int)response.StatusCode switch
        {
            400 => GrpcStatus.Internal,
            401 => GrpcStatus.Unauthenticated,
            403 => GrpcStatus.PermissionDenied,
            404 => GrpcStatus.Unimplemented,
            429 or 502 or 503 or 504 => GrpcStatus.Unavailable,
            _ => GrpcStatus.Unknown,
        },
        $"HTTP {(int)response.StatusCode}",
        exception: null);
}
