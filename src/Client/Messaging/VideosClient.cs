using Cqrs.Client.Http;
using Cqrs.Domain.Identity;

namespace Cqrs.Client.Messaging;

/// <summary>Videos go straight to and from the storage; the server only hands out short-lived addresses.</summary>
public sealed class VideosClient
{
    private readonly Transport _transport;
    private readonly TicketKeeper _tickets;

    internal VideosClient(Transport transport, TicketKeeper tickets) => (_transport, _tickets) = (transport, tickets);

    /// <summary>
    /// Uploads a video; from its beginning again, under a fresh address, when the connection breaks. Announce it
    /// afterwards: <see cref="MailboxesClient.AnnounceAsync"/>.
    /// </summary>
    /// <param name="video">When it was filmed, Unix ms: its name within the connection. Newer ones are larger.</param>
    /// <param name="content">Read from where it stands to its end; must be able to seek. Stays open.</param>
    /// <param name="contentType">For example <c>video/mp4</c>.</param>
    /// <param name="progress">Bytes sent so far; begins anew with a new try.</param>
    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    /// <exception cref="ApiException"><c>video-too-large</c>; <c>not-yours</c>: not connected.</exception>
    public async Task UploadAsync(
        ConnectionId connection, long video, Stream content, string contentType, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (!content.CanSeek) throw new ArgumentException("The stream must be able to seek: a broken upload begins anew.", nameof(content));
        var (start, length) = (content.Position, content.Length - content.Position);
        await _transport.Retry.RunAsync(
            async again =>
            {
                var upload = await AskAsync(connection, new(video, contentType, length), again);
                content.Position = start;
                await SendAsync(upload, content, length, contentType, progress, again);
                return true;
            },
            cancel);
    }

    /// <summary>
    /// Downloads a video into a stream; goes on from where it stopped when the connection breaks. To go on with a file
    /// that an earlier run of the app has begun, give its length as <paramref name="from"/>.
    /// </summary>
    /// <param name="video">Unix ms, as <see cref="Incoming.Video"/> tells it.</param>
    /// <param name="destination">Written from where it stands. Stays open.</param>
    /// <param name="from">How many bytes of the video are there already.</param>
    /// <param name="progress">Bytes that are there so far, those before <paramref name="from"/> included.</param>
    /// <returns>The video's length, bytes.</returns>
    /// <exception cref="ApiException"><c>unknown-video</c>: never sent, or its time is over; <c>not-yours</c>: not connected.</exception>
    public async Task<long> DownloadAsync(
        ConnectionId connection, long video, Stream destination, long from = 0, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        var download = new Download(_transport, destination, from, progress);
        return await _tickets.UseAsync(
            connection,
            (ticket, channel) => _transport.Retry.RunAsync(
                again => download.GoOnAsync(new ApiCall(HttpMethod.Get, $"mailboxes/{channel.In}/videos/{video}") { Token = ticket.Reveal() }, again), cancel),
            cancel);
    }

    private async Task<UploadAnswer> AskAsync(ConnectionId connection, UploadRequest request, CancellationToken cancel)
    {
        var answer = await _tickets.UseAsync(
            connection,
            (ticket, channel) => _transport.TryAsync(
                new ApiCall(HttpMethod.Post, $"mailboxes/{channel.Out}/videos") { Token = ticket.Reveal() }.With(request, ClientJson.Default.UploadRequest),
                cancel),
            cancel);
        return answer.Read(ClientJson.Default.UploadAnswer);
    }

    private async Task SendAsync(
        UploadAnswer upload, Stream content, long length, string contentType, IProgress<long>? progress, CancellationToken cancel)
    {
        // No Authorization: the address itself is the permission, and the ticket is not the storage's to know.
        using var request = new HttpRequestMessage(new(upload.Method), new Uri(upload.Url, UriKind.RelativeOrAbsolute));
        request.Content = new StreamContent(new ProgressStream(content, progress));
        request.Content.Headers.ContentLength = length;
        foreach (var (name, value) in upload.Headers)
            if (!request.Headers.TryAddWithoutValidation(name, value) && !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                request.Content.Headers.TryAddWithoutValidation(name, value);

        if (request.Content.Headers.ContentType is null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var response = await _transport.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (!response.IsSuccessStatusCode) throw await Failures.ReadAsync(response, cancel);
    }
}
