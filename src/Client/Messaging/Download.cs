using System.Net;
using Cqrs.Client.Http;

namespace Cqrs.Client.Messaging;

/// <summary>One video on its way into a stream, over as many connections as it takes.</summary>
internal sealed class Download(Transport transport, Stream destination, long from, IProgress<long>? progress)
{
    private const int BufferSize = 64 * 1024;

    private long _have = from;

    /// <summary>Asks for what is missing, and writes it.</summary>
    /// <returns>The video's length, bytes.</returns>
    public async Task<long> GoOnAsync(ApiCall call, CancellationToken cancel)
    {
        using var request = call.ToRequest();
        using var response = await FollowAsync(await SendAsync(request, cancel), cancel);

        // Everything is there already: nothing was left to ask for.
        if (response.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable && response.Content.Headers.ContentRange?.Length == _have) return _have;
        if (!response.IsSuccessStatusCode) throw await Failures.ReadAsync(response, cancel);
        var headers = response.Content.Headers;
        var start = response.StatusCode is HttpStatusCode.PartialContent ? headers.ContentRange?.From ?? 0 : 0;
        if (start > _have) throw new ApiException(ApiException.InvalidAnswer, (int)response.StatusCode, "The answer leaves out a part of the video.");

        var length = headers.ContentRange?.Length ?? start + headers.ContentLength;
        await CopyAsync(await response.Content.ReadAsStreamAsync(cancel), skip: _have - start, cancel);
        if (length > _have) throw Failures.Broken(new EndOfStreamException());
        return _have;
    }

    // The redirect may have been followed already: that is for the app's handler to say. The ticket goes no further.
    private async Task<HttpResponseMessage> FollowAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        if (response is not { StatusCode: HttpStatusCode.Found or HttpStatusCode.TemporaryRedirect, Headers.Location: { } location }) return response;
        response.Dispose();
        using var request = new HttpRequestMessage(HttpMethod.Get, location);
        return await SendAsync(request, cancel);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        if (_have > 0) request.Headers.Range = new(_have, null);
        using var patience = new CancellationTokenSource(transport.Options.TryTimeout, transport.Options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        return await transport.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
    }

    private async Task CopyAsync(Stream source, long skip, CancellationToken cancel)
    {
        var buffer = new byte[BufferSize];
        while (await ReadAsync(source, buffer, cancel) is > 0 and var read)
        {
            var known = (int)Math.Min(skip, read);
            skip -= known;
            await destination.WriteAsync(buffer.AsMemory(known, read - known), cancel);
            _have += read - known;
            if (read > known) progress?.Report(_have);
        }
    }

    // A video may take long, but not stand still. What the destination throws is the app's own: no try mends a full disk.
    private async Task<int> ReadAsync(Stream source, Memory<byte> buffer, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(transport.Options.TryTimeout, transport.Options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return await source.ReadAsync(buffer, either.Token);
        }
        catch (IOException e)
        {
            throw Failures.Broken(e);
        }
    }
}
