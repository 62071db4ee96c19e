using System.Net;
using System.Text;
using Cqrs.Client;

namespace Cqrs.Story.Tests.Client.Fakes;

/// <summary>A request, as it came.</summary>
internal sealed record Received(string Method, string Path, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public override string ToString() => $"{Method} {Path}";
}

/// <summary>Answers as the test says, and keeps what was asked. Where the test answers nothing, the connection breaks.</summary>
internal sealed class ScriptedServer : HttpMessageHandler
{
    private readonly List<Received> received = [];

    public ImpatientClock Clock { get; } = new();

    public Func<Received, HttpResponseMessage?> Script { get; set; } = _ => null;

    public IReadOnlyList<Received> Received
    {
        get
        {
            lock (received) return [.. received];
        }
    }

    public AppClient App => new(new(this, disposeHandler: false) { BaseAddress = new("http://server.test") }, new() { Clock = Clock });

    /// <summary>One answer after the other.</summary>
    public void Answers(params HttpResponseMessage?[] answers)
    {
        var rest = new Queue<HttpResponseMessage?>(answers);
        Script = _ => rest.Dequeue();
    }

    public static HttpResponseMessage Json(string json, int status = 200) =>
        new((HttpStatusCode)status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Problem(string code, int status, string more = "", int? retryAfter = null)
    {
        var content = new StringContent($$"""{"type":"x","title":"x","status":{{status}},"detail":"Told.","code":"{{code}}"{{more}}}""", Encoding.UTF8);
        content.Headers.ContentType = new("application/problem+json");
        var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = content };
        if (retryAfter is { } seconds) answer.Headers.RetryAfter = new(TimeSpan.FromSeconds(seconds));
        return answer;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var headers = request.Headers.Concat(request.Content?.Headers.AsEnumerable() ?? [])
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        var asked = new Received(request.Method.Method, request.RequestUri!.PathAndQuery, body, headers);
        lock (received) received.Add(asked);
        var answer = Script(asked) ?? throw new HttpRequestException("The connection broke.");
        answer.RequestMessage = request;
        return answer;
    }
}
