using System.Globalization;
using Cqrs.Api.Http;
using Cqrs.Domain.Decisions;
using Cqrs.Messaging.Videos;
using Microsoft.AspNetCore.Http.Features;

namespace Cqrs.Api.Endpoints;

/// <summary>The signed URLs of the embedded video store. The signature is the only credential, as it is with S3.</summary>
public static class BlobEndpoints
{
    private const string Route = SignedAddresses.Prefix + "/{mailbox}/{video}";

    public static readonly Refusal Forged = new("address-forged", "The address was not signed here, or something in it was changed. Use it as it was answered.");

    public static readonly Refusal Expired = new("address-expired", "The signed URL has expired. Ask for another one.");

    public static readonly Refusal Mismatch = new(
        "upload-mismatch", "Content-Type, Content-Length or the bytes sent are not what the address was asked for. Nothing was kept.");

    /// <summary>Maps uploads and downloads.</summary>
    public static void MapBlobs(this IEndpointRouteBuilder routes)
    {
        routes.MapPut(Route, (
            string mailbox, string video, string? type, string? length, string? expires, string? signature,
            HttpContext http, VideoFiles files, SignedAddresses addresses, ErrorReplies errors, TimeProvider clock) =>
            errors.SendAsync(http, async cancel =>
            {
                var now = clock.GetUtcNow();
                if (!VideoKey.TryParse(mailbox, video, out var key) || !VideoTerms.IsContentType(type) || Number(length) is not (> 0 and var bytes)) return Reply.Problem(Forged, now);
                var terms = new VideoTerms(type!, bytes);
                if (Refused(addresses.CheckUpload(key, terms, Number(expires), signature, now)) is { } refusal) return Reply.Problem(refusal, now);

                // The limit for all other bodies is far below the size of a video. Kestrel reads an excess for some seconds, so
                // that a client which is still sending gets to read the answer.
                http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
                if (http.Request.ContentLength != terms.Length || http.Request.ContentType != terms.ContentType) return Reply.Problem(Mismatch, now);
                var received = await files.ReceiveAsync(key, terms, http.Request.Body, Precondition(http.Request), cancel);
                return received.Outcome switch
                {
                    ReceiveOutcome.Stored => Reply.Empty(StatusCodes.Status200OK) with { Headers = new Dictionary<string, string> { ["ETag"] = ETag(received.Version!) } },
                    ReceiveOutcome.ConditionFailed => Reply.Problem(Problems.PreconditionFailed, now),
                    _ => Reply.Problem(Mismatch, now),
                };
            }))
            .Describe("putVideo", "Messaging", "Upload a video to an address that `requestUpload` answered")
            .Tells("Only where this server keeps the videos itself; do not build the address, use it as it was answered. The video is there whole, or not at all; it takes the place of one that was uploaded before. With `If-None-Match: *` nothing is replaced, and with `If-Match` only the version of that `ETag`; else the answer is `precondition-failed`. Of several such uploads at once one succeeds.")
            .Query("type", "length", "expires", "signature")
            .Takes<Stream>().AnswersNothing(200).HasPreconditions().Fails("invalid-request", "address-forged", "address-expired", "precondition-failed", "upload-mismatch");

        routes.MapRead(Route, async (
            string mailbox, string video, string? expires, string? signature,
            HttpContext http, VideoFiles files, SignedAddresses addresses, TimeProvider clock) =>
        {
            var now = clock.GetUtcNow();
            var refusal = VideoKey.TryParse(mailbox, video, out var key) ? Refused(addresses.CheckDownload(key, Number(expires), signature, now)) : Forged;
            using var stored = refusal is null ? files.Find(key) : null;
            refusal ??= stored is null ? VideoEndpoints.UnknownVideo
                : EntityTags.IsUnwanted(http.Request, ETag(stored.Version), stored.At) ? Problems.PreconditionFailed
                : null;
            if (refusal is not null) await Reply.Problem(refusal, now).SendAsync(http.Response, http.RequestAborted);
            else await SendAsync(http, stored!);
        })
            .Describe("getVideo", "Messaging", "Download a video from an address that `downloadVideo` answered")
            .Tells("Only where this server keeps the videos itself. Answers ranges and preconditions as RFC 9110 says: `Range` in bytes, `If-Range` with the `ETag`, `If-None-Match`, `If-Match` and `If-Unmodified-Since`.")
            .Query("expires", "signature")
            .Answers<Stream>(200).Answers<Stream>(206).AnswersNothing(416).HasETag().Fails("precondition-failed", "address-forged", "address-expired", "unknown-video", "storage-unavailable");
    }

    // Parsed here and not by the framework, whose errors are no problem details.
    private static long Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string ETag(string version) => $"\"{version}\"";

    private static Func<StoredVideo?, bool>? Precondition(HttpRequest request) => EntityTags.ForWriting(request) is { } holds
        ? stored => holds(stored is null ? null : ETag(stored.Version))
        : null;

    private static Refusal? Refused(AddressCheck check) => check switch
    {
        AddressCheck.Good => null,
        AddressCheck.Expired => Expired,
        _ => Forged,
    };

    private static async Task SendAsync(HttpContext http, StoredVideo video)
    {
        // A browser must not show an upload as a page of this site.
        http.Response.Headers.ContentDisposition = "attachment";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "private, no-store";
        await using var content = video.Content();
        var etag = ETag(video.Version);
        EntityTags.IgnoreForeignRange(http.Request, etag);
        await Results.Stream(content, video.Terms.ContentType, lastModified: video.At, entityTag: new(etag), enableRangeProcessing: true).ExecuteAsync(http);
    }
}
