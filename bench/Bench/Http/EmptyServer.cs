using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cqrs.Bench.Http;

/// <summary>What the same web server does when there is nothing to do: an empty JSON POST or GET. The floor of <c>http</c> and <c>poll</c>.</summary>
internal static class EmptyServer
{
    public static async Task RunAsync(string urls)
    {
        // It must not watch the working directory for configuration: the data of the server that is measured lie there, and
        // each of its writes would wake the watcher.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(urls);
        var app = builder.Build();
        app.MapGet("/health/ready", static () => "ready");
        app.MapGet("/", Answer);
        app.MapPost("/", Answer);
        await app.RunAsync();
    }

    private static Task Answer(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = 2;
        return http.Response.Body.WriteAsync("{}"u8.ToArray()).AsTask();
    }
}
