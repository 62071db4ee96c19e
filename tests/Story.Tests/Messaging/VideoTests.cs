using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Cqrs.Story.Tests.Messaging;

public sealed class VideoTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int Megabyte = 1_000_000;

    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task A_video_goes_from_phone_to_phone()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var bytes = Bytes(5 * Megabyte);
        await ada.SendsAsync(1000, bytes);

        (await bob.PollsAsync()).In.ShouldHaveSingleItem().Video.ShouldBe(1000);
        (await bob.ReceivesAsync(1000)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        await bob.WriteAsync(bob.Grant.Out, new { seen = new { video = 1000, status = "viewed" } });
        (await ada.PollsAsync()).In.ShouldHaveSingleItem().Seen.ShouldBe(new(1000, "viewed"));
    }

    [Fact]
    public async Task The_addresses_need_nothing_beside_them_and_end_soon()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var answer = (await ada.AskUploadAsync(ada.Grant.Out, new { video = 1000, contentType = "video/mp4", length = 3 })).ShouldBe(201);
        answer.Fields().ShouldBe("url method headers expiresAt");
        var upload = answer.As<MyUpload>();
        upload.Url.ShouldStartWith(server.Client.BaseAddress!.ToString());
        (upload.Method, upload.Headers["Content-Type"]).ShouldBe(("PUT", "video/mp4"));
        upload.ExpiresAt.ShouldBe(server.Clock.GetUtcNow().AddMinutes(15), TimeSpan.FromMinutes(1));

        var stored = (await ada.UploadAsync(upload, Content(3))).ShouldBe(200);
        stored.Body.ShouldBeEmpty();
        var download = (await server.GetAsync(await bob.AsksDownloadAsync(1000))).ShouldBe(200);
        download.ContentType.ShouldBe("video/mp4");
        download.ContentHeaders.ContentDisposition!.ToString().ShouldBe("attachment");
        download.Header("X-Content-Type-Options").ShouldBe("nosniff");
        download.Header("Cache-Control").ShouldBe("no-store, private");
    }

    [Fact]
    public async Task An_upload_may_be_repeated_and_the_last_whole_one_counts()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var upload = await ada.AsksUploadAsync(1000, 3);
        foreach (var text in new[] { "one", "one", "two" }) (await ada.UploadAsync(upload, new StringContent(text))).ShouldBe(200);
        (await bob.ReceivesAsync(1000)).ShouldBe("two"u8.ToArray());

        var longer = await ada.AsksUploadAsync(1000, 5, "application/octet-stream");
        (await ada.UploadAsync(longer, new StringContent("three"))).ShouldBe(200);
        (await bob.ReceivesAsync(1000)).ShouldBe("three"u8.ToArray());
    }

    [Theory]
    [InlineData("bytes=0-0", 206, 0, 1)]
    [InlineData("bytes=2-4", 206, 2, 3)]
    [InlineData("bytes=7-", 206, 7, 3)]
    [InlineData("bytes=7-100", 206, 7, 3)]
    [InlineData("bytes=-4", 206, 6, 4)]
    [InlineData("bytes=10-", 416, 0, 0)]
    [InlineData("bytes=5-2", 200, 0, 10)]
    [InlineData("bytes=0-1,4-5", 200, 0, 10)]
    public async Task A_download_can_be_had_in_parts(string range, int status, int from, int length)
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var bytes = Bytes(10);
        await ada.SendsAsync(1000, bytes);
        var request = new HttpRequestMessage(HttpMethod.Get, await bob.AsksDownloadAsync(1000));
        request.Headers.TryAddWithoutValidation("Range", range).ShouldBeTrue();
        var answer = (await server.SendAsync(request)).ShouldBe(status);
        answer.Body.ShouldBe(bytes[from..(from + length)]);
        if (status == 206) answer.ContentHeaders.ContentRange!.ToString().ShouldBe($"bytes {from}-{from + length - 1}/10");
        if (status == 416) answer.ContentHeaders.ContentRange!.ToString().ShouldBe("bytes */10");
    }

    [Fact]
    public async Task A_part_of_another_version_is_not_put_beside_this_one()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        await ada.SendsAsync(1000, Bytes(10));
        var url = await bob.AsksDownloadAsync(1000);
        var etag = (await server.GetAsync(url)).Header("ETag").ShouldNotBeNull();
        (await PartAsync(url, etag)).Status.ShouldBe(206);
        await ada.SendsAsync(1000, Bytes(11));
        (await PartAsync(url, etag)).ShouldBe(200).Body.Length.ShouldBe(11);
    }

    [Theory]
    [InlineData("""{"contentType":"video/mp4","length":5}""", "video")]
    [InlineData("""{"video":0,"contentType":"video/mp4","length":5}""", "video")]
    [InlineData("""{"video":5,"length":5}""", "contentType")]
    [InlineData("""{"video":5,"contentType":"text/html","length":5}""", "contentType")]
    [InlineData("""{"video":5,"contentType":"video/mp4; charset=utf-8","length":5}""", "contentType")]
    [InlineData("""{"video":5,"contentType":"video/mp4\n","length":5}""", "contentType")]
    [InlineData("""{"video":5,"contentType":"video/","length":5}""", "contentType")]
    [InlineData("""{"video":5,"contentType":"VIDEO/MP4","length":5}""", "contentType")]
    [InlineData("""{"video":5,"contentType":"video/mp4"}""", "length")]
    [InlineData("""{"video":5,"contentType":"video/mp4","length":0}""", "length")]
    [InlineData("""{"video":5,"contentType":"video/mp4","length":-1}""", "length")]
    [InlineData("""{"video":5,"contentType":"video/mp4","length":"5"}""", "length")]
    public async Task What_cannot_be_uploaded_is_refused_before(string body, string field)
    {
        var (ada, _) = await Messenger.ConnectedAsync(server);
        (await ada.AskUploadAsync(ada.Grant.Out, new StringContent(body))).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe(field);
    }

    [Fact]
    public async Task A_video_that_is_too_large_is_refused()
    {
        await using var small = await StoryServer.StartAsync("--Blobs:MaxMegabytes=2");
        var (ada, bob) = await Messenger.ConnectedAsync(small);
        await ada.SendsAsync(1000, Bytes(2 * Megabyte));
        (await bob.ReceivesAsync(1000)).Length.ShouldBe(2 * Megabyte);
        (await ada.AskUploadAsync(ada.Grant.Out, new { video = 1001, contentType = "video/mp4", length = (2 * Megabyte) + 1 })).ShouldBeProblem("video-too-large");
    }

    [Fact]
    public async Task An_upload_of_another_length_or_type_is_refused_and_leaves_nothing()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var upload = await ada.AsksUploadAsync(1000, 10);
        foreach (var length in new[] { 0, 9, 11, 2 * Megabyte }) (await ada.UploadAsync(upload, Content(length))).ShouldBeProblem("upload-mismatch");
        (await ada.UploadAsync(upload with { Headers = new Dictionary<string, string> { ["Content-Type"] = "text/html" } }, Content(10))).ShouldBeProblem("upload-mismatch");
        (await ada.UploadAsync(upload, new StreamContent(new Endless(10)))).ShouldBeProblem("upload-mismatch");
        (await bob.AskDownloadAsync(bob.Grant.In, 1000)).ShouldBeProblem("unknown-video");
        Leftovers().ShouldBeEmpty();
        (await ada.UploadAsync(upload, Content(10))).ShouldBe(200);
    }

    [Fact]
    public async Task An_upload_that_is_cut_off_leaves_nothing_and_may_be_done_again()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        await ada.SendsAsync(1000, Bytes(100));
        var upload = await ada.AsksUploadAsync(1000, 3 * Megabyte);
        for (var i = 0; i < 5; i++)
        {
            var url = new Uri(upload.Url);
            using var socket = new TcpClient(url.Host, url.Port);
            var head = $"PUT {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: video/mp4\r\nContent-Length: {3 * Megabyte}\r\n\r\n";
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
            await socket.GetStream().WriteAsync(new byte[Megabyte]);
            await Wait.UntilAsync(() => Task.FromResult(Leftovers().Count), count => count == 1);
            socket.Client.LingerState = new(enable: i % 2 == 0, seconds: 0);
        }

        await Wait.UntilAsync(() => Task.FromResult(Leftovers().Count), count => count == 0);
        (await bob.ReceivesAsync(1000)).Length.ShouldBe(100, "the video before it is still there");
        (await ada.UploadAsync(upload, Content(3 * Megabyte))).ShouldBe(200);
        (await bob.ReceivesAsync(1000)).Length.ShouldBe(3 * Megabyte);
    }

    [Fact]
    public async Task An_address_is_good_for_one_thing_only()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var upload = await ada.AsksUploadAsync(1000, 10);
        (await ada.UploadAsync(upload, Content(10))).ShouldBe(200);
        var download = await bob.AsksDownloadAsync(1000);
        foreach (var changed in Changed(upload.Url)) (await ada.UploadAsync(upload with { Url = changed }, Content(10))).Status.ShouldBeOneOf([403, 404], changed);
        foreach (var changed in Changed(download)) (await server.GetAsync(changed)).Status.ShouldBeOneOf([403, 404], changed);
        (await ada.UploadAsync(upload with { Url = download }, Content(10))).ShouldBeProblem("address-forged");
        (await server.GetAsync(upload.Url)).ShouldBeProblem("address-forged");
        (await server.SendAsync(new(HttpMethod.Delete, download))).ShouldBeProblem("method-not-allowed");
    }

    [Fact]
    public async Task Addresses_end()
    {
        await using var own = await StoryServer.StartAsync();
        var (ada, bob) = await Messenger.ConnectedAsync(own);
        await ada.SendsAsync(1000, Bytes(10));
        var (upload, download) = (await ada.AsksUploadAsync(1001, 10), await bob.AsksDownloadAsync(1000));
        own.Clock.Advance(TimeSpan.FromMinutes(5));
        (await own.GetAsync(download)).ShouldBeProblem("address-expired");
        own.Clock.Advance(TimeSpan.FromMinutes(10));
        (await ada.UploadAsync(upload, Content(10))).ShouldBeProblem("address-expired");

        // No address outlives the ticket that it was got with.
        own.Clock.Advance(TimeSpan.FromMinutes(43));
        (upload, download) = (await ada.AsksUploadAsync(1001, 10), await bob.AsksDownloadAsync(1000));
        own.Clock.Advance(TimeSpan.FromMinutes(2));
        (await bob.AskDownloadAsync(bob.Grant.In, 1000)).ShouldBeProblem("ticket-expired");
        (await own.GetAsync(download)).ShouldBeProblem("address-expired");
        (await ada.UploadAsync(upload, Content(10))).ShouldBeProblem("address-expired");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("999")]
    [InlineData("1000.0")]
    [InlineData("..")]
    [InlineData("..%2F..%2Flog.db")]
    [InlineData("%2e%2e%2f%2e%2e%2flog.db")]
    [InlineData("1000%00")]
    [InlineData("99999999999999999999999999")]
    public async Task There_is_no_video_but_those_that_were_sent(string video)
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        await ada.SendsAsync(1000, Bytes(10));
        (await bob.AskDownloadAsync(bob.Grant.In, video)).Status.ShouldBeOneOf(400, 404, 405);
    }

    [Fact]
    public async Task A_video_is_gone_when_its_time_is_over()
    {
        await using var own = await StoryServer.StartAsync("--Blobs:Days=2");
        var (ada, bob) = await Messenger.ConnectedAsync(own);
        await ada.SendsAsync(1000, Bytes(10));
        own.Clock.Advance(TimeSpan.FromDays(1));
        await bob.VendsAsync();
        (await bob.ReceivesAsync(1000)).Length.ShouldBe(10);
        own.Clock.Advance(TimeSpan.FromDays(1));
        await bob.VendsAsync();
        (await bob.AskDownloadAsync(bob.Grant.In, 1000)).ShouldBeProblem("unknown-video");
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static ByteArrayContent Content(int length) => new(Bytes(length));

    private async Task<Answer> PartAsync(string url, string etag)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Range = new(2, 4), IfRange = RangeConditionHeaderValue.Parse(etag) } };
        return await server.SendAsync(request);
    }

    private List<string> Leftovers() => [.. Directory.EnumerateFiles(Path.Combine(server.Data.Path, "videos", "incoming"))];

    /// <summary>The address with one thing in it changed, each in turn.</summary>
    private static IEnumerable<string> Changed(string url)
    {
        for (var i = url.IndexOf("/blobs/", StringComparison.Ordinal) + 7; i < url.Length; i++)
        {
            // The last character of a signature or a name has bits that mean nothing; they are refused, too.
            var other = url[i] switch { '0' => '1', >= '1' and <= '9' => '0', 'a' => 'b', 'A' => 'B', _ => 'a' };
            yield return url[..i] + other + url[(i + 1)..];
        }

        yield return url[..url.IndexOf("&signature", StringComparison.Ordinal)];
        yield return url + "0";
        yield return url.Replace("expires=", "expires=1&expires=", StringComparison.Ordinal);
    }

    /// <summary>A body whose length is not told before: it is sent in chunks.</summary>
    private sealed class Endless(int length) : MemoryStream(new byte[length])
    {
        public override bool CanSeek => false;
    }
}
