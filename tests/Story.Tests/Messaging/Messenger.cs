using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Cqrs.Story.Tests.Messaging;

/// <summary>The messaging part of a phone's app: it knows a ticket, and fetches another when told to.</summary>
public sealed class Messenger(StoryServer server, Phone phone)
{
    public Phone Phone => phone;

    public string Ticket { get; set; } = "";

    public IReadOnlyList<MyGrant> Grants { get; private set; } = [];

    /// <summary>The grant of the only connection.</summary>
    public MyGrant Grant => Grants.ShouldHaveSingleItem();

    /// <summary>Two people who are connected, each with a ticket.</summary>
    public static async Task<(Messenger Ada, Messenger Bob)> ConnectedAsync(StoryServer server)
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob", "Babbage"));
        await bob.StepsAsync("accept", await ada.InvitesAsync(bob));
        return (await WithTicketAsync(server, ada), await WithTicketAsync(server, bob));
    }

    public static async Task<Messenger> WithTicketAsync(StoryServer server, Phone phone)
    {
        var messenger = new Messenger(server, phone);
        await messenger.VendsAsync();
        return messenger;
    }

    /// <summary>Fetches a ticket, and it works.</summary>
    public async Task<Answer> VendsAsync()
    {
        var answer = (await phone.PostAsync("/vending")).ShouldBe(200);
        (Ticket, Grants) = (answer.String("ticket"), answer.As<Vended>().Grants);
        return answer;
    }

    public Task<Answer> PollAsync(string? ifNoneMatch = null)
    {
        var request = Request(HttpMethod.Get, "/mailboxes");
        if (ifNoneMatch is not null) request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        return server.SendAsync(request);
    }

    /// <summary>Polls, and it works.</summary>
    public async Task<MyPoll> PollsAsync() => (await PollAsync()).ShouldBe(200).As<MyPoll>();

    public Task<Answer> WriteAsync(string mailbox, object body) => SendAsync(HttpMethod.Put, $"/mailboxes/{mailbox}", body);

    public Task<Answer> AskUploadAsync(string mailbox, object body) => SendAsync(HttpMethod.Post, $"/mailboxes/{mailbox}/videos", body);

    /// <summary>Asks where to upload, and is told.</summary>
    public async Task<MyUpload> AsksUploadAsync(long video, long length, string contentType = "video/mp4") =>
        (await AskUploadAsync(Grant.Out, new { video, contentType, length })).ShouldBe(201).As<MyUpload>();

    /// <summary>Sends bytes where it was told to.</summary>
    public async Task<Answer> UploadAsync(MyUpload upload, HttpContent content)
    {
        var request = new HttpRequestMessage(new(upload.Method), upload.Url) { Content = content };
        foreach (var (name, value) in upload.Headers)
        {
            content.Headers.Remove(name);
            content.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        return await server.SendAsync(request);
    }

    /// <summary>The whole way of sending: where, the bytes, the mailbox.</summary>
    public async Task SendsAsync(long video, byte[] bytes)
    {
        (await UploadAsync(await AsksUploadAsync(video, bytes.Length), new ByteArrayContent(bytes))).ShouldBe(200);
        (await WriteAsync(Grant.Out, new { video })).ShouldBe(204);
    }

    public Task<Answer> AskDownloadAsync(string mailbox, object video) => SendAsync(HttpMethod.Get, $"/mailboxes/{mailbox}/videos/{video}");

    /// <summary>Where the video is.</summary>
    public async Task<string> AsksDownloadAsync(long video) =>
        (await AskDownloadAsync(Grant.In, video)).ShouldBe(302).Header("Location").ShouldNotBeNull();

    /// <summary>The whole way of receiving.</summary>
    public async Task<byte[]> ReceivesAsync(long video) => (await server.GetAsync(await AsksDownloadAsync(video))).ShouldBe(200).Body;

    public Task<Answer> SendAsync(HttpMethod method, string path, object? body = null)
    {
        var request = Request(method, path);
        if (body is not null) request.Content = body as HttpContent ?? JsonContent.Create(body, body.GetType());
        return server.SendAsync(request);
    }

    private HttpRequestMessage Request(HttpMethod method, string path) =>
        new(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", Ticket) } };
}

public sealed record Vended(string Ticket, DateTimeOffset ExpiresAt, IReadOnlyList<MyGrant> Grants);

public sealed record MyGrant(Guid ConnectionId, string Out, string In, string Peer);

public sealed record MyPoll(MyBit Changed, IReadOnlyList<MyMailbox> In);

public sealed record MyBit(bool Bit, long Version);

public sealed record MyMailbox(string Name, long? Video, MySeen? Seen);

public sealed record MySeen(long Video, string Status);

public sealed record MyUpload(string Url, string Method, IReadOnlyDictionary<string, string> Headers, DateTimeOffset ExpiresAt);
