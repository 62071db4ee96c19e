using System.Text.Json.Nodes;
using Cqrs.Api;
using Microsoft.AspNetCore.Builder;

namespace Cqrs.Story.Tests.Description;

/// <summary>The whole server on a free port over an empty folder, and the document that it gives out.</summary>
public sealed class DescribedServer : IAsyncLifetime
{
    public const string DocumentPath = "/openapi/v1.json";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("cqrs-description-");

    public WebApplication App { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public string Text { get; private set; } = "";

    public JsonObject Document { get; private set; } = [];

    public async Task InitializeAsync()
    {
        App = Server.Build(["--environment", "Development", "--Data", _data.FullName, "--Urls", "http://127.0.0.1:0"]);
        await App.StartAsync();
        Client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new(App.Urls.Single()) };
        Text = await Client.GetStringAsync(DocumentPath);
        Document = JsonNode.Parse(Text)!.AsObject();
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _data.Delete(recursive: true);
    }

    /// <summary>Every operation with its path and method.</summary>
    public IEnumerable<(string Path, string Method, JsonObject Operation)> Operations() =>
        from path in Document["paths"]!.AsObject()
        from method in path.Value!.AsObject()
        select (path.Key, method.Key, method.Value!.AsObject());

    /// <summary>What a node refers to, or itself.</summary>
    public JsonObject Resolve(JsonNode node)
    {
        if ((string?)node["$ref"] is not { } reference) return node.AsObject();
        JsonNode target = Document;
        foreach (var step in reference.TrimStart('#', '/').Split('/')) target = target[step].ShouldNotBeNull(reference);
        return target.AsObject();
    }
}
