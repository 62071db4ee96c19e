using System.Globalization;
using Cqrs.Api.Configuration;
using Cqrs.Api.Http;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Mailboxes;
using Cqrs.Messaging.Videos;

namespace Cqrs.Api.Endpoints;

/// <summary>Addresses for uploads and downloads of videos; the bytes themselves go to and from the store.</summary>
public static class VideoEndpoints
{
    private static readonly TimeSpan UploadLifetime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan DownloadLifetime = TimeSpan.FromMinutes(5);

    // A phone's clock may be wrong by a time zone. One that is wrong by more would block the mailbox until then.
    private static readonly TimeSpan MostAhead = TimeSpan.FromDays(1);

    public static readonly Refusal UnknownVideo = new("unknown-video", "There is no such video: it was never sent, or its time is over.");

    /// <summary>Maps the calls that answer addresses.</summary>
    public static void MapVideos(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/mailboxes/{out}/videos", (string @out, HttpContext http, TicketPipeline pipeline, IVideoStore videos, Settings settings) =>
            pipeline.RunAsync(http, async (call, cancel) =>
            {
                if (!MailboxName.TryParse(@out, out var mailbox) || !call.Ticket.MayWrite(mailbox)) return Reply.Problem(TicketPipeline.NotYours, call.At);
                var body = RequestBody.Parse(call.Body, JsonTypes.Contract.UploadRequest);
                var key = new VideoKey(mailbox, Video(body.Video, "video", call.At));
                var terms = TermsOf(body);
                if (terms.Length > settings.Videos.MaxLength) return Reply.Problem(TooLarge(settings.Videos.MaxLength), call.At);

                var upload = await videos.UploadAsync(key, terms, End(call, UploadLifetime), cancel);
                return Reply.Json(
                    201, new UploadResponse(Absolute(http.Request, upload.Address), upload.Method, upload.Headers, upload.ExpiresAt),
                    JsonTypes.Contract.UploadResponse);
            }))
            .Describe("requestUpload", "Messaging", "Where do I upload a video?")
            .Tells("Then send the bytes to `url` with `method` and `headers`, nothing else: the address is the only credential, good for this one video, length and content type, until `expiresAt`. It may be used again when an upload was cut off; the last whole one counts. Tell of the video with `writeMailbox` afterwards. Use a new `Idempotency-Key` for a new address.")
            .NeedsTicket().Takes<UploadRequest>().Answers<UploadResponse>(201).Fails("not-yours", "video-too-large");

        routes.MapRead("/mailboxes/{in}/videos/{video}", (string @in, string video, HttpContext http, TicketPipeline pipeline, IVideoStore videos) =>
            pipeline.RunAsync(http, async (call, cancel) =>
            {
                if (!MailboxName.TryParse(@in, out var mailbox) || !call.Ticket.MayRead(mailbox)) return Reply.Problem(TicketPipeline.NotYours, call.At);
                var address = VideoKey.TryParse(@in, video, out var key) ? await videos.DownloadAsync(key, End(call, DownloadLifetime), cancel) : null;
                return address is null ? Reply.Problem(UnknownVideo, call.At) : Reply.Found(Absolute(http.Request, address));
            }))
            .Describe("downloadVideo", "Messaging", "Where do I download a video?")
            .Tells("`Location` is an address at which the video can be got without any token, good for some minutes; it answers ranges.")
            .NeedsTicket().Redirects().Fails("not-yours", "unknown-video", "storage-unavailable");
    }

    /// <summary>Returns the time stamp of a video, Unix ms.</summary>
    /// <param name="field">The path of the field, for errors.</param>
    /// <exception cref="InvalidBodyException">It is missing, out of range, or more than a day ahead of <paramref name="now"/>.</exception>
    internal static long Video(long? video, string field, DateTimeOffset now)
    {
        if (video is not { } number) throw new InvalidBodyException(field, $"The field '{field}' is missing.");
        if (!VideoKey.IsVideo(number)) throw new InvalidBodyException(field, $"The field '{field}' is a time in Unix ms, 1 to the end of the year 9999.");
        return number <= (now + MostAhead).ToUnixTimeMilliseconds()
            ? number
            : throw new InvalidBodyException(field, $"The field '{field}' is more than a day ahead of the server's clock. Set the phone's clock, and send the video with the right time.");
    }

    internal static Refusal TooLarge(long most) =>
        new("video-too-large", string.Create(CultureInfo.InvariantCulture, $"A video may have at most {most} bytes."));

    private static VideoTerms TermsOf(UploadRequest body)
    {
        var type = RequestBody.Need(body.ContentType, "contentType");
        if (!VideoTerms.IsContentType(type)) throw new InvalidBodyException("contentType", "The field 'contentType' is video/… in lower case and without parameters, or application/octet-stream.");
        if (body.Length is not { } length) throw new InvalidBodyException("length", "The field 'length' is missing.");
        return length > 0 ? new(type, length) : throw new InvalidBodyException("length", "The field 'length' is a number of bytes, at least 1.");
    }

    // No address outlives the ticket that it was issued for, so that access to a mailbox ends at one time.
    private static DateTimeOffset End(TicketCall call, TimeSpan lifetime)
    {
        var end = call.At + lifetime;
        return end < call.Ticket.ExpiresAt ? end : call.Ticket.ExpiresAt;
    }

    private static string Absolute(HttpRequest request, string address) =>
        address.StartsWith('/') ? $"{request.Scheme}://{request.Host}{address}" : address;
}
