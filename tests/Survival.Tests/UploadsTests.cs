using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Cqrs.Api.Endpoints;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;
using Cqrs.Survival.Tests.Processes;
using Xunit.Abstractions;

namespace Cqrs.Survival.Tests;

/// <summary>Uploads and mailboxes under SIGKILL. A ticket is all that messaging asks for, so nobody is registered here.</summary>
public sealed class UploadsTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 5;
    private const int Phones = 8;
    private const string Keys = "0:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<(int Phone, long Video), byte> _asked = new();
    private readonly ConcurrentDictionary<(int Phone, long Video), long> _answered = new();
    private readonly long[] _told = new long[Phones];
    private long _version;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_in_the_middle_of_uploads_no_torn_video_is_served_and_none_that_was_answered_is_lost()
    {
        var dice = new Random(5);
        var next = 0L;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var api = await StartAsync();
            await CheckAsync(api);
            var enough = _answered.Count + dice.Next(20, 60);
            var life = Task.WhenAll(Enumerable.Range(0, Phones).Select(phone => LiveAsync(api, phone, () => Interlocked.Increment(ref next))));
            await Waiting.UntilAsync(() => _answered.Count >= enough, "uploads are on their way");
            await api.KillAsync();
            await life;
        }

        using var last = await StartAsync();
        await CheckAsync(last);
        output.WriteLine($"{_asked.Count} videos were begun, {_answered.Count} answered");
    }

    private Task<ApiProcess> StartAsync() => ApiProcess.StartAsync(_folder.Path, "--Roles", "messaging", "--Secrets:Tokens", Keys);

    /// <summary>Uploads new videos, and each a second time, and tells of them, until the server dies.</summary>
    private async Task LiveAsync(ApiProcess api, int phone, Func<long> next)
    {
        try
        {
            while (true)
            {
                var video = next();
                for (var i = 0; i < 2; i++) await UploadAsync(api, phone, video);
                using var told = await SendAsync(api, phone, HttpMethod.Put, $"/mailboxes/{Mailbox(phone)}", new MailboxRequest(video, Seen: null));
                told.StatusCode.ShouldBe(HttpStatusCode.NoContent);
                Volatile.Write(ref _told[phone], video);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // It has died.
        }
    }

    private async Task UploadAsync(ApiProcess api, int phone, long video)
    {
        var bytes = Video(Interlocked.Increment(ref _version), length: 200_000 + (int)(video % 7 * 100_000));
        using var asked = await SendAsync(api, phone, HttpMethod.Post, $"/mailboxes/{Mailbox(phone)}/videos", new UploadRequest(video, "video/mp4", bytes.Length));
        asked.StatusCode.ShouldBe(HttpStatusCode.Created);
        var upload = (await asked.Content.ReadFromJsonAsync<UploadResponse>())!;
        using var content = new ByteArrayContent(bytes) { Headers = { ContentType = new("video/mp4") } };
        _asked[(phone, video)] = 1;
        using var answer = await api.Http.PutAsync(upload.Url, content);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        _answered[(phone, video)] = BinaryPrimitives.ReadInt64BigEndian(bytes);
    }

    private async Task CheckAsync(ApiProcess api)
    {
        Directory.EnumerateFiles(Path.Combine(_folder.Path, "videos", "incoming")).ShouldBeEmpty();
        for (var phone = 0; phone < Phones; phone++)
        {
            using var polled = await SendAsync(api, phone, HttpMethod.Get, "/mailboxes");
            var poll = (await polled.Content.ReadFromJsonAsync<MailboxesResponse>())!;
            (poll.In.Single().Video ?? 0).ShouldBeGreaterThanOrEqualTo(_told[phone]);
        }

        foreach (var (phone, video) in _asked.Keys)
        {
            using var found = await SendAsync(api, phone, HttpMethod.Get, $"/mailboxes/{Mailbox(phone)}/videos/{video}");
            var isAnswered = _answered.TryGetValue((phone, video), out var version);
            if (found.StatusCode == HttpStatusCode.NotFound)
            {
                isAnswered.ShouldBeFalse($"video {video} was answered");
                continue;
            }

            // The client has followed to the bytes. A second upload that was not answered may have come through.
            found.StatusCode.ShouldBe(HttpStatusCode.OK);
            var bytes = await found.Content.ReadAsByteArrayAsync();
            var stored = BinaryPrimitives.ReadInt64BigEndian(bytes);
            bytes.AsSpan().SequenceEqual(Video(stored, bytes.Length)).ShouldBeTrue($"video {video} is whole");
            if (isAnswered) stored.ShouldBeGreaterThanOrEqualTo(version);
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(ApiProcess api, int phone, HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Ticket(phone));
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType());
        return await api.Http.SendAsync(request);
    }

    private static MailboxName Mailbox(int phone) => new((UInt128)(phone + 1));

    /// <summary>For one mailbox that the phone both writes and reads.</summary>
    private static string Ticket(int phone)
    {
        TokenKeys.TryParse(Keys, out var keys, out _).ShouldBeTrue();
        var now = DateTimeOffset.UtcNow;
        return Tickets.Sign(new(default, default, now, now.AddMinutes(10), [new(Mailbox(phone), Mailbox(phone), default)]), keys!);
    }

    /// <summary>Bytes that tell from their beginning what they must be to their end.</summary>
    private static byte[] Video(long version, int length)
    {
        var bytes = new byte[length];
        new Random((int)version).NextBytes(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes, version);
        return bytes;
    }
}
