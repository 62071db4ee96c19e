using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Api.Endpoints;
using Cqrs.Survival.Tests.Processes;

namespace Cqrs.Survival.Tests.Load;

/// <summary>A person with a phone, and what that phone knows. One thing at a time, as people do.</summary>
internal sealed class AppUser(string phone, int seed, Journal journal)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public string Phone { get; } = phone;

    public Random Dice { get; } = new(seed);

    public Guid Id { get; private set; }

    public string? Token { get; private set; }

    /// <summary>The newest position that an answer named.</summary>
    public long Seen { get; private set; }

    public static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, Format)!;

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Format);

    /// <returns>Null when the server died before it answered.</returns>
    public Task<Told?> SendAsync(ApiProcess api, string path, object? body = null)
    {
        var key = Dice.Next(2) == 0 ? Guid.NewGuid().ToString("N") : null;
        return SendAsync(api, new Command(this, path, body is null ? null : JsonSerializer.Serialize(body, Format), key));
    }

    /// <summary>Sends it as it is, also for a second time.</summary>
    public async Task<Told?> SendAsync(ApiProcess api, Command command)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, command.Path);
        if (command.Body is not null) request.Content = new StringContent(command.Body, Encoding.UTF8, "application/json");
        if (command.Key is not null) request.Headers.Add("Idempotency-Key", command.Key);
        if (await AskAsync(api, request) is not var (status, text, position))
        {
            journal.NoteCutOff(command);
            return null;
        }

        var told = new Told(command, status, text, position);
        journal.Note(told);
        if (told.IsSuccess && command.Path.EndsWith("/verify", StringComparison.Ordinal))
        {
            var verified = Read<VerifyResponse>(text);
            (Id, Token) = (verified.UserId, verified.AuthToken);
        }

        return told;
    }

    /// <returns>Null when the server died before it answered.</returns>
    public async Task<T?> GetAsync<T>(ApiProcess api, string path, long? atLeast = null)
        where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Cqrs-Min-Position", $"{atLeast ?? Seen}");
        if (await AskAsync(api, request) is not var (status, text, _)) return null;
        status.ShouldBe(200, $"{path}: {text}");
        return Read<T>(text);
    }

    /// <summary>The whole way from the number to the token.</summary>
    /// <returns>False when the server died meanwhile; it may have got half-way, or all the way.</returns>
    public async Task<bool> RegisterAsync(ApiProcess api)
    {
        if (await SendAsync(api, "/registrations", new { firstName = $"First {Phone[^4..]}", lastName = "Last", phone = Phone }) is not { } told) return false;
        told.Status.ShouldBe(202, told.Text);
        var registration = Read<RegistrationResponse>(told.Text).RegistrationId;

        // The newest code in the outbox may still be that of an earlier registration.
        var tried = new HashSet<string>();
        while (true)
        {
            if (await CodeAsync(api, tried) is not { } code) return false;
            if (await SendAsync(api, $"/registrations/{registration}/verify", new { code }) is not { } verified) return false;
            if (verified.IsSuccess) return true;
            verified.Text.ShouldContain("wrong-code");
        }
    }

    /// <returns>Null when the server died meanwhile.</returns>
    private async Task<string?> CodeAsync(ApiProcess api, HashSet<string> tried)
    {
        string? code = null;
        try
        {
            await Waiting.UntilAsync(
                async () =>
                {
                    var messages = Read<List<OutboxResponse>>(await api.Http.GetStringAsync("/dev/outbox"));
                    code = messages.LastOrDefault(message => message.To == Phone)?.Text[..6];
                    return code is not null && tried.Add(code);
                },
                "the code comes");
            return code;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null;
        }
    }

    private async Task<(int Status, string Text, long Position)?> AskAsync(ApiProcess api, HttpRequestMessage request)
    {
        if (Token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        try
        {
            using var answer = await api.Http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            var position = answer.Headers.TryGetValues("Cqrs-Position", out var values) ? long.Parse(values.Single()) : 0;
            Seen = Math.Max(Seen, position);
            return ((int)answer.StatusCode, text, position);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null;
        }
    }
}
