using System.Net;
using System.Net.Http.Headers;
using Cqrs.Messaging.Videos;

namespace Cqrs.Contracts.Tests.Blobs;

/// <summary>What every store of videos must keep: the disk now, S3 as it is. Addresses are used over HTTP, as phones do.</summary>
public abstract class VideoStoreContract : IAsyncLifetime
{
    private const string Mp4 = "video/mp4";

    private static long s_videos = 1_700_000_000_000;

    private IVideoStore _store = null!;
    private HttpClient _http = null!;

    /// <summary>Opens a store and a client that reaches its addresses; those that begin with a slash by its base address.</summary>
    protected abstract Task<(IVideoStore Store, HttpClient Http)> OpenAsync();

    public async Task InitializeAsync() => (_store, _http) = await OpenAsync();

    public abstract Task DisposeAsync();

    [Fact]
    public async Task It_can_be_used() => await _store.CheckAsync();

    [Fact]
    public async Task What_was_never_uploaded_is_not_there() => (await _store.DownloadAsync(NewKey(), Soon)).ShouldBeNull();

    [Theory]
    [InlineData(1, Mp4)]
    [InlineData(65_537, "video/quicktime")]
    [InlineData(3_000_000, "application/octet-stream")]
    public async Task What_was_uploaded_is_downloaded_to_the_byte(int length, string type)
    {
        var (key, bytes) = (NewKey(), Bytes(length, seed: length));
        await UploadsAsync(key, bytes, type);
        using var answer = await DownloadAsync(key);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe(type);
        (await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task The_last_whole_upload_to_a_key_counts()
    {
        var key = NewKey();
        for (var i = 1; i <= 3; i++)
        {
            await UploadsAsync(key, Bytes(1000 * i, seed: i));
            using var answer = await DownloadAsync(key);
            (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(Bytes(1000 * i, seed: i));
        }
    }

    [Fact]
    public async Task A_part_can_be_had()
    {
        var (key, bytes) = (NewKey(), Bytes(1000, seed: 1));
        await UploadsAsync(key, bytes);
        using var answer = await DownloadAsync(key, new RangeHeaderValue(100, 199));
        answer.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(bytes[100..200]);
        using var beyond = await DownloadAsync(key, new RangeHeaderValue(1000, null));
        beyond.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
    }

    [Fact]
    public async Task An_upload_is_what_was_announced_or_it_is_refused_and_leaves_nothing()
    {
        var key = NewKey();
        var upload = await _store.UploadAsync(key, new(Mp4, 100), Soon);
        foreach (var length in new[] { 0, 99, 101 }) (await SendAsync(upload, Bytes(length, seed: 1))).ShouldBeRefused();
        (await SendAsync(upload, Bytes(100, seed: 1), type: "text/html")).ShouldBeRefused();
        (await _store.DownloadAsync(key, Soon)).ShouldBeNull();
        (await SendAsync(upload, Bytes(100, seed: 1))).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_address_is_bound_to_its_key()
    {
        var (key, other) = (NewKey(), NewKey());
        var upload = await _store.UploadAsync(key, new(Mp4, 100), Soon);
        (await SendAsync(upload with { Address = upload.Address.Replace(key.ToString(), other.ToString(), StringComparison.Ordinal) }, Bytes(100, seed: 1))).ShouldBeRefused();
        (await SendAsync(upload with { Address = upload.Address[..^2] + "AA" }, Bytes(100, seed: 1))).ShouldBeRefused();
        (await _store.DownloadAsync(other, Soon)).ShouldBeNull();

        await UploadsAsync(key, Bytes(100, seed: 1));
        await UploadsAsync(other, Bytes(100, seed: 2));
        var download = (await _store.DownloadAsync(key, Soon))!;
        using var answer = await _http.GetAsync(download.Replace(key.ToString(), other.ToString(), StringComparison.Ordinal));
        answer.StatusCode.ShouldBeRefused();
        (await SendAsync(upload with { Address = download }, Bytes(100, seed: 3))).ShouldBeRefused();
    }

    [Fact]
    public async Task Addresses_end()
    {
        var key = NewKey();
        await UploadsAsync(key, Bytes(100, seed: 1));
        var end = DateTimeOffset.UtcNow.AddSeconds(1);
        var (upload, download) = (await _store.UploadAsync(key, new(Mp4, 100), end), (await _store.DownloadAsync(key, end))!);
        upload.ExpiresAt.ShouldBe(end, TimeSpan.FromSeconds(1));
        await UntilRefusedAsync(async () =>
        {
            using var answer = await _http.GetAsync(download);
            return answer.StatusCode;
        });
        (await SendAsync(upload, Bytes(100, seed: 2))).ShouldBeRefused();
    }

    [Fact]
    public async Task Whoever_races_a_download_is_whole()
    {
        const int Length = 300_000;
        var key = NewKey();
        await UploadsAsync(key, Bytes(Length, seed: 0));
        using var end = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                using var answer = await DownloadAsync(key);
                var bytes = await answer.Content.ReadAsByteArrayAsync();
                bytes.AsSpan().SequenceEqual(Bytes(Length, seed: bytes[0])).ShouldBeTrue();
            }
        })).ToList();
        await Task.WhenAll(Enumerable.Range(1, 40).Select(i => UploadsAsync(key, Bytes(Length, seed: i))));
        await end.CancelAsync();
        await Task.WhenAll(readers);
    }

    /// <summary>The first byte tells the seed.</summary>
    protected static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        if (length > 0) bytes[0] = (byte)seed;
        return bytes;
    }

    protected static VideoKey NewKey() => new(new((UInt128)Random.Shared.NextInt64() << 64 | 1), Interlocked.Increment(ref s_videos));

    protected static DateTimeOffset Soon => DateTimeOffset.UtcNow.AddMinutes(5);

    protected async Task UploadsAsync(VideoKey key, byte[] bytes, string type = Mp4) =>
        (await SendAsync(await _store.UploadAsync(key, new(type, bytes.Length), Soon), bytes)).ShouldBe(HttpStatusCode.OK);

    private async Task<HttpStatusCode> SendAsync(VideoUpload upload, byte[] bytes, string? type = null)
    {
        using var request = new HttpRequestMessage(new(upload.Method), upload.Address) { Content = new ByteArrayContent(bytes) };
        foreach (var (name, value) in upload.Headers) request.Content.Headers.TryAddWithoutValidation(name, type is null ? value : type).ShouldBeTrue();
        using var answer = await _http.SendAsync(request);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> DownloadAsync(VideoKey key, RangeHeaderValue? range = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, (await _store.DownloadAsync(key, Soon)).ShouldNotBeNull()) { Headers = { Range = range } };
        return await _http.SendAsync(request);
    }

    private static async Task UntilRefusedAsync(Func<Task<HttpStatusCode>> ask)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var often = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await ask() == HttpStatusCode.OK) await often.WaitForNextTickAsync(patience.Token);
        (await ask()).ShouldBeRefused();
    }
}

internal static class Refusals
{
    /// <summary>By a status that says it is the caller's doing; engines differ in which.</summary>
    public static void ShouldBeRefused(this HttpStatusCode status) => ((int)status).ShouldBeInRange(400, 499);
}
