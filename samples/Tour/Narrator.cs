using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cqrs.Tour;

/// <summary>Tells what a phone sends and what the server answers; of secrets only the beginning.</summary>
internal sealed class Narrator(string name) : DelegatingHandler(new SocketsHttpHandler())
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : " " + Tell(await request.Content.ReadAsStringAsync(cancellationToken));
        Console.WriteLine($"  {name}: {request.Method} {request.RequestUri!.PathAndQuery}{body}");
        var response = await base.SendAsync(request, cancellationToken);
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        Console.WriteLine($"    {(int)response.StatusCode} {Tell(await response.Content.ReadAsStringAsync(cancellationToken))}");
        return response;
    }

    private static string Tell(string text)
    {
        var json = JsonNode.Parse(text)!;
        if ((string?)json["authToken"] is { } token) (json["authToken"], json["mailboxKey"]) = (token[..12] + "…", "…");
        return json.ToJsonString(Readable);
    }
}
