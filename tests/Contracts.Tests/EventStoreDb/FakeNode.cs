using System.Buffers;
using System.Net;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>A server of the protocol that says what a test wants it to say, right or wrong.</summary>
internal sealed class FakeNode : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeNode(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    /// <param name="secure">Makes the endpoint one with TLS.</param>
    public static async Task<FakeNode> StartAsync(Func<HttpContext, Task> answer, Action<ListenOptions>? secure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            secure?.Invoke(listen);
        }));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MinRequestBodyDataRate = null);
        var app = builder.Build();
        app.Run(async http =>
        {
            http.Response.ContentType = GrpcHeaders.ContentType;
            await answer(http);
        });
        await app.StartAsync();
        return new(app);
    }

    /// <summary>Answers the question for features with batches, all else as the test has it.</summary>
    public static Task<FakeNode> StartWithBatchesAsync(Func<HttpContext, Task> answer) => StartAsync(http =>
        http.Request.Path.Value!.EndsWith("GetSupportedMethods", StringComparison.Ordinal)
            ? SendAsync(http, new SupportedMethods
            {
                Methods = { new SupportedMethod { MethodName = "batchappend", ServiceName = "event_store.client.streams.streams" } },
            })
            : answer(http));

    public EsdbEventLog Connect(int deadline = 2_000, TimeSpan? silence = null, Action<EsdbIncident>? report = null) => new(
        ConnectionString.Parse($"esdb://127.0.0.1:{Port}?tls=false&defaultDeadline={deadline}"),
        new() { Silence = silence ?? TimeSpan.FromSeconds(20), Report = report ?? (_ => { }) });

    public static byte[] Frame(IMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        GrpcFrames.Write(output, message);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>One answer, and the status after it.</summary>
    public static async Task SendAsync(HttpContext http, IMessage message, GrpcStatus status = GrpcStatus.Ok)
    {
        await http.Response.Body.WriteAsync(Frame(message));
        http.Response.AppendTrailer(GrpcHeaders.Status, ((int)status).ToString());
    }

    public static Task RefuseAsync(HttpContext http, GrpcStatus status, string message = "", params (string Name, string Value)[] trailers)
    {
        http.Response.Headers[GrpcHeaders.Status] = ((int)status).ToString();
        http.Response.Headers[GrpcHeaders.Message] = GrpcHeaders.EncodeMessage(message);
        foreach (var (name, value) in trailers) http.Response.Headers[name] = value;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource();
        await patience.CancelAsync();
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }
}
