namespace Cqrs.Messaging.Videos;

/// <summary>The embedded store: files of the data folder, behind addresses of this server.</summary>
public sealed class DiskVideos(VideoFiles files, SignedAddresses addresses) : IVideoStore
{
    public ValueTask<VideoUpload> UploadAsync(VideoKey key, VideoTerms terms, DateTimeOffset expiresAt, CancellationToken cancel = default) => new(new VideoUpload(
        addresses.Upload(key, terms, expiresAt), "PUT", new Dictionary<string, string> { ["Content-Type"] = terms.ContentType }, expiresAt));

    public ValueTask<string?> DownloadAsync(VideoKey key, DateTimeOffset expiresAt, CancellationToken cancel = default)
    {
        using var video = files.Find(key);
        return new(video is null ? null : addresses.Download(key, expiresAt));
    }

    public ValueTask CheckAsync(CancellationToken cancel = default)
    {
        files.Check();
        return default;
    }
}
