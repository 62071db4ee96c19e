using System.Globalization;
using Cqrs.Api.Http;
using Cqrs.Domain.Decisions;
using Cqrs.Messaging.Videos;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Cqrs.Api.Endpoints;

/// <summary>The addresses of the embedded video store. Their signature is the only credential, as it is with S3.</summary>
public static class BlobEndpoints
{
    private const string Route = SignedAddresses.Prefix + "/{mailbox}/{video}";

    public static readonly Refusal Forged = new("address-forged", "The address was not signed here, or something in it was changed. Use it as it was answered.");

    public static readonly Refusal Expired = new("address-expired", "The time of this address is over. Ask for another one.");

    public static readonly Refusal Mismatch = new(
        "upload-mismatch", "Content-Type, Content-Length or the bytes sent are not what the address was asked for. Nothing was kept.");

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

                // The limit for all other bodies is far below the size of a video. Who sends too much is heard to the end,
                // for a while: else he would not get to read why he is refused.
                http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
                if (http.Request.ContentLength != terms.Length || http.Request.ContentType != terms.ContentType) return Reply.Problem(Mismatch, now);
                return await files.ReceiveAsync(key, terms, http.Request.Body, cancel) ? Reply.Empty(StatusCodes.Status200OK) : Reply.Problem(Mismatch, now);
            }))
            .Describe("putVideo", "Messaging", "Upload a video to an address that `requestUpload` answered")
            .Tells("Only where this server keeps the videos itself; do not build the address, use it as it was answered. The video is there whole, or not at all; it takes the place of one that was uploaded before.")
            .Query("type", "length", "expires", "signature")
            .Takes<Stream>().AnswersNothing(200).Fails("address-forged", "address-expired", "upload-mismatch");

        routes.MapGet(Route, async (
            string mailbox, string video, string? expires, string? signature,
            HttpContext http, VideoFiles files, SignedAddresses addresses, TimeProvider clock) =>
        {
            var now = clock.GetUtcNow();
            var refusal = VideoKey.TryParse(mailbox, video, out var key) ? Refused(addresses.CheckDownload(key, Number(expires), signature, now)) : Forged;
            using var stored = refusal is null ? files.Find(key) : null;
            if (stored is null) await Reply.Problem(refusal ?? VideoEndpoints.UnknownVideo, now).SendAsync(http.Response, http.RequestAborted);
            else await SendAsync(http, stored);
        })
            .Describe("getVideo", "Messaging", "Download a video from an address that `downloadVideo` answered")
            .Tells("Only where this server keeps the videos itself. Answers ranges: `Range` and `If-Range` work as in RFC 9110.")
            .Query("expires", "signature")
            .Answers<Stream>(200).Answers<Stream>(206).AnswersNothing(416).Fails("address-forged", "address-expired", "unknown-video", "storage-unavailable");
    }

    // Read here and not by the framework, which would answer in words of its own.
    private static long Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static Refusal? Refused(AddressCheck check) => check switch
    {
        AddressCheck.Good => null,
        AddressCheck.Expired => Expired,
        _ => Forged,
    };

    private static async Task SendAsync(HttpContext http, StoredVideo video)
    {
        // Whatever was uploaded, no browser shows it as a page of ours.
        http.Response.Headers.ContentDisposition = "attachment";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "private, no-store";
        await using var content = video.Content();
        var version = new EntityTagHeaderValue($"\"{video.At.ToUnixTimeMilliseconds():x}-{video.Terms.Length:x}\"");
        await Results.Stream(content, video.Terms.ContentType, lastModified: video.At, entityTag: version, enableRangeProcessing: true).ExecuteAsync(http);
    }
}
