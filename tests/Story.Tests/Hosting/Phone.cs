using System.Globalization;
using System.Net.Http.Json;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Story.Tests.Hosting;

/// <summary>One person's app: it knows a number and a name, and what the server gave it.</summary>
public sealed class Phone(StoryServer server, string number, string first, string last)
{
    private static int numbers = 20_000_000;

    public string Number => number;

    public string First => first;

    public string Last => last;

    public string RegistrationId { get; private set; } = "";

    public Guid UserId { get; private set; }

    public string Token { get; private set; } = "";

    public MailboxKey MailboxKey { get; private set; } = null!;

    /// <summary>How many messages had come to the number when the last code was asked for.</summary>
    public int MessagesBefore { get; private set; }

    /// <summary>A number that nobody else of this run has.</summary>
    public static string NewNumber() => "+49151" + Interlocked.Increment(ref numbers).ToString(CultureInfo.InvariantCulture);

    /// <summary>Somebody who has not registered yet.</summary>
    public static Phone Of(StoryServer server, string first = "Ada", string last = "Lovelace") => new(server, NewNumber(), first, last);

    public static async Task<Phone> RegisteredAsync(StoryServer server, string first = "Ada", string last = "Lovelace")
    {
        var phone = Of(server, first, last);
        await phone.RegisterAsync();
        return phone;
    }

    /// <summary>The whole registration: ask, read the SMS, send the code back.</summary>
    public async Task RegisterAsync()
    {
        (await AskAsync()).ShouldBe(202);
        (await VerifyAsync(await CodeAsync())).ShouldBe(200);
    }

    public async Task<Answer> AskAsync(string? key = null)
    {
        MessagesBefore = (await server.SmsToAsync(number)).Count;
        return await AskOnlyAsync(key);
    }

    /// <summary>Asks for a code without counting the messages before.</summary>
    public async Task<Answer> AskOnlyAsync(string? key = null)
    {
        var answer = await PostAsync("/registrations", new { firstName = first, lastName = last, phone = number }, key, token: "");
        if (answer.Status == 202) RegistrationId = answer.String("registrationId");
        return answer;
    }

    public Task<string> CodeAsync() => server.CodeAsync(number, MessagesBefore);

    public async Task<Answer> ResendAsync(string? key = null)
    {
        MessagesBefore = (await server.SmsToAsync(number)).Count;
        return await PostAsync($"/registrations/{RegistrationId}/resend", body: null, key, token: "");
    }

    public async Task<Answer> VerifyAsync(string code, string? key = null)
    {
        var answer = await PostAsync($"/registrations/{RegistrationId}/verify", new { code }, key, token: "");
        if (answer.Status != 200) return answer;
        (UserId, Token) = (answer.Json.GetProperty("userId").GetGuid(), answer.String("authToken"));
        MailboxKey.TryParse(answer.String("mailboxKey"), out var mailboxKey).ShouldBeTrue();
        MailboxKey = mailboxKey!;
        return answer;
    }

    /// <summary>Invites somebody under his own name.</summary>
    public Task<Answer> InviteAsync(Phone other, string? key = null) => InviteAsync(other.First, other.Last, other.Number, key);

    public Task<Answer> InviteAsync(string firstName, string lastName, string phone, string? key = null) =>
        PostAsync("/invites", new { firstName, lastName, phone }, key);

    /// <summary>Invites somebody, and it works.</summary>
    public async Task<Guid> InvitesAsync(Phone other) =>
        (await InviteAsync(other)).ShouldBe(201).Json.GetProperty("connectionId").GetGuid();

    /// <param name="step">see, accept, reject, acknowledge or clear.</param>
    public Task<Answer> StepAsync(string step, Guid connection, string? key = null) => PostAsync($"/connections/{connection}/{step}", body: null, key);

    /// <summary>Takes a step, and it works; answers what this side sees now.</summary>
    public async Task<string> StepsAsync(string step, Guid connection) => (await StepAsync(step, connection)).ShouldBe(200).String("state");

    /// <summary>The list, as of everything that any phone of this server was told of.</summary>
    public async Task<MyList> ListAsync() => (await GetAsync("/connections", server.Seen)).ShouldBe(200).As<MyList>();

    /// <summary>The one entry of the list.</summary>
    public async Task<Entry> EntryAsync() => (await ListAsync()).Connections.ShouldHaveSingleItem();

    public Task<Answer> MeAsync() => GetAsync("/me", server.Seen);

    public Task<Answer> GetAsync(string path, long? atLeast = null, string? ifNoneMatch = null)
    {
        var request = Request(HttpMethod.Get, path);
        if (atLeast is { } position) request.Headers.Add("Cqrs-Min-Position", position.ToString(CultureInfo.InvariantCulture));
        if (ifNoneMatch is not null) request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        return server.SendAsync(request);
    }

    public Task<Answer> PostAsync(string path, object? body = null, string? key = null, string? token = null)
    {
        var request = Request(HttpMethod.Post, path, token);
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key).ShouldBeTrue();
        request.Content = body switch
        {
            null => null,
            HttpContent content => content,
            _ => JsonContent.Create(body, body.GetType()),
        };
        return server.SendAsync(request);
    }

    public Task<Answer> DeleteAsync(string path) => server.SendAsync(Request(HttpMethod.Delete, path));

    private HttpRequestMessage Request(HttpMethod method, string path, string? token = null)
    {
        var request = new HttpRequestMessage(method, path);
        token ??= Token;
        if (token.Length > 0) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return request;
    }
}

/// <summary>The answer of <c>GET /connections</c>.</summary>
public sealed record MyList(long Version, SquareCount Squares, IReadOnlyList<Entry> Connections);

public sealed record SquareCount(int Used, int Of);

public sealed record Entry(Guid ConnectionId, string State, string FirstName, string LastName, string Phone, DateTimeOffset Since, PeerOf? Peer);

public sealed record PeerOf(string Half, string UserKey);
