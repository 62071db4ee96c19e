using System.Net;
using Cqrs.Client.Http;
using Cqrs.Story.Tests.Client.Fakes;
using static Cqrs.Story.Tests.Client.Fakes.ScriptedServer;

namespace Cqrs.Story.Tests.Client;

/// <summary>Videos over connections that break, at a storage that is not the server.</summary>
public sealed class VideoTransferTests
{
    private static readonly byte[] Video = [.. Enumerable.Range(0, 1000).Select(at => (byte)at)];

    private readonly FakeMessaging fake = new();

    [Fact]
    public async Task A_broken_upload_begins_anew_under_a_fresh_address_and_tells_the_storage_no_ticket()
    {
        var tries = 0;
        fake.Rest = call => call.Method switch
        {
            "POST" => Json($$"""{"url":"http://storage.test/put-{{++tries}}","method":"PUT","headers":{"Content-Type":"video/mp4","x-size":"990"},"expiresAt":"2026-11-23T10:00:00Z"}""", 201),
            "PUT" => tries == 1 ? null : new(HttpStatusCode.OK),
            _ => throw new InvalidOperationException(call.ToString()),
        };
        using var content = new MemoryStream(Video);
        content.Position = 10;
        var progress = new Steps();
        await fake.Phone.Videos.UploadAsync(fake.Connection, 5, content, "video/mp4", progress);

        var asked = fake.Server.Received.Where(call => call.Method == "POST" && call.Path == $"/mailboxes/{fake.Out}/videos").ToList();
        asked.Select(call => call.Body).Distinct().ShouldBe(["""{"video":5,"contentType":"video/mp4","length":990}"""]);
        var puts = fake.Server.Received.Where(call => call.Method == "PUT").ToList();
        puts.Select(call => call.Path).ShouldBe(["/put-1", "/put-2"]);
        puts.Select(call => call.Header("Authorization")).ShouldBe([null, null]);
        puts.Select(call => (call.Header("Content-Type"), call.Header("x-size"))).Distinct().ShouldBe([("video/mp4", "990")]);
        progress.Last.ShouldBe(990);
        content.CanRead.ShouldBeTrue();
    }

    [Fact]
    public async Task A_video_that_is_too_large_is_not_sent()
    {
        fake.Rest = _ => Problem("video-too-large", 413);
        using var content = new MemoryStream(Video);
        (await Should.ThrowAsync<ApiException>(() => fake.Phone.Videos.UploadAsync(fake.Connection, 5, content, "video/mp4"))).Code.ShouldBe("video-too-large");
        content.Position.ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_broken_download_goes_on_where_it_stopped(bool storageKnowsRanges)
    {
        var cuts = new Queue<int>([300, 700, 1000]);
        fake.Rest = call => call.Path.StartsWith("/mailboxes", StringComparison.Ordinal)
            ? new(HttpStatusCode.Found) { Headers = { Location = new("http://storage.test/get") } }
            : Part(call, cuts.Dequeue(), storageKnowsRanges);
        using var file = new MemoryStream();
        var progress = new Steps();
        (await fake.Phone.Videos.DownloadAsync(fake.Connection, 5, file, progress: progress)).ShouldBe(1000);

        file.ToArray().ShouldBe(Video);
        progress.Last.ShouldBe(1000);
        var gets = fake.Server.Received.Where(call => call.Path == "/get").ToList();
        gets.Select(call => call.Header("Range")).ShouldBe([null, "bytes=300-", "bytes=700-"]);
        gets.ShouldAllBe(call => call.Header("Authorization") == null);
    }

    [Fact]
    public async Task What_an_earlier_run_has_begun_is_gone_on_with()
    {
        fake.Rest = call => Part(call, 1000, knowsRanges: true);
        using var file = new MemoryStream();
        (await fake.Phone.Videos.DownloadAsync(fake.Connection, 5, file, from: 600)).ShouldBe(1000);
        file.ToArray().ShouldBe(Video[600..]);
        (await fake.Phone.Videos.DownloadAsync(fake.Connection, 5, file, from: 1000)).ShouldBe(1000);
        file.Length.ShouldBe(400);
    }

    [Fact]
    public async Task A_video_that_is_not_there_is_told_so()
    {
        fake.Rest = _ => Problem("unknown-video", 404);
        (await Should.ThrowAsync<ApiException>(() => fake.Phone.Videos.DownloadAsync(fake.Connection, 5, Stream.Null))).Code.ShouldBe("unknown-video");
    }

    /// <summary>The video, or the rest of it that was asked for, as far as the connection lasts.</summary>
    private static HttpResponseMessage Part(Received call, int until, bool knowsRanges)
    {
        var from = knowsRanges && call.Header("Range") is { } range ? int.Parse(range["bytes=".Length..^1]) : 0;
        if (from == Video.Length)
        {
            return new(HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                Content = new ByteArrayContent([]) { Headers = { ContentRange = new(Video.Length) } },
            };
        }

        var content = new StreamContent(new MemoryStream(Video[from..Math.Max(from, until)]));
        content.Headers.ContentLength = Video.Length - from;
        if (from > 0) content.Headers.ContentRange = new(from, Video.Length - 1, Video.Length);
        return new(from > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK) { Content = content };
    }

    private sealed class Steps : IProgress<long>
    {
        public long Last { get; private set; }

        public void Report(long value) => Last = value;
    }
}
