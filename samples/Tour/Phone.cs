using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cqrs.Tour;

/// <summary>One person's phone: sends what the person does, shows what the server answers.</summary>
internal sealed class Phone(HttpClient http, string first, string last, string number)
{
    private string? _token;
    private string? _position;

    public string Name => first;

    public string Number => number;

    public async Task RegisterAsync()
    {
        var registration = await SendAsync(HttpMethod.Post, "/registrations", new { firstName = first, lastName = last, phone = number });
        var code = await CodeAsync();
        Console.WriteLine($"    {first} types the code {code}");
        var verified = await SendAsync(HttpMethod.Post, $"/registrations/{registration["registrationId"]}/verify", new { code }, showAnswer: false);
        _token = (string?)verified["authToken"];
        Console.WriteLine($"    {{\"userId\":\"{verified["userId"]}\",\"authToken\":\"{_token![..12]}…\",\"mailboxKey\":\"…\"}}");
    }

    public Task<JsonNode> InviteAsync(string firstName, string phone) =>
        SendAsync(HttpMethod.Post, "/invites", new { firstName, lastName = "", phone });

    public Task<JsonNode> StepAsync(string connection, string step) => SendAsync(HttpMethod.Post, $"/connections/{connection}/{step}", body: null);

    public Task<JsonNode> ListAsync() => SendAsync(HttpMethod.Get, "/connections", body: null);

    /// <summary>Sees everything that was written before, also by the other phone.</summary>
    public void CatchUpWith(Phone other) => _position = other._position ?? _position;

    private async Task<string> CodeAsync()
    {
        for (var tries = 0; tries < 200; tries++)
        {
            var messages = await http.GetFromJsonAsync<JsonArray>($"/dev/outbox?to={Uri.EscapeDataString(number)}") ?? [];
            if (messages is [.., { } newest]) return ((string)newest["text"]!)[..6];
            await Task.Delay(25);
        }

        throw new TimeoutException("No SMS came. Is the relay running? Ask /health/ready.");
    }

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, object? body, bool showAnswer = true)
    {
        Console.WriteLine($"  {first}: {method} {path}{(body is null ? "" : " " + JsonSerializer.Serialize(body, Readable))}");
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        if (_token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        if (method == HttpMethod.Post) request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        else if (_position is not null) request.Headers.Add("Cqrs-Min-Position", _position);

        using var response = await http.SendAsync(request);
        if (response.Headers.TryGetValues("Cqrs-Position", out var position)) _position = position.First();
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        if (showAnswer || !response.IsSuccessStatusCode) Console.WriteLine($"    {(int)response.StatusCode} {answer.ToJsonString(Readable)}");
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"The server refused: {answer["detail"]}");
        return answer;
    }

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
