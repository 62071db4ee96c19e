namespace Cqrs.Messaging.Videos;

/// <summary>How a video is uploaded.</summary>
/// <param name="Address">Where to: absolute, or beginning with a slash for one of this server.</param>
/// <param name="Headers">To be sent as they are.</param>
/// <param name="ExpiresAt">From when the address is refused.</param>
public sealed record VideoUpload(string Address, string Method, IReadOnlyDictionary<string, string> Headers, DateTimeOffset ExpiresAt)
{
    public override string ToString() => "upload of a video";
}

/// <summary>
/// Where videos lie. Phones put and get them at signed addresses, which are the only credential there: each is bound
/// to one key and one method, an upload to its length and content type besides. A video appears whole or not at all; an
/// upload to a key that is taken takes the place of what was there, as in S3; each is gone some days after it came.
/// Engines differ (disk, S3), their behaviour does not.
/// </summary>
public interface IVideoStore
{
    /// <summary>An address to upload one video to, as often as needed until it expires.</summary>
    ValueTask<VideoUpload> UploadAsync(VideoKey key, VideoTerms terms, DateTimeOffset expiresAt, CancellationToken cancel = default);

    /// <summary>An address to download the video from, absolute or beginning with a slash; null where there is no such video (any more).</summary>
    ValueTask<string?> DownloadAsync(VideoKey key, DateTimeOffset expiresAt, CancellationToken cancel = default);

    /// <summary>Ends when the store can be used; fails when it cannot.</summary>
    ValueTask CheckAsync(CancellationToken cancel = default);
}
