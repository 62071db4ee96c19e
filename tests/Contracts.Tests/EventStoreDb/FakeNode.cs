using System.Net;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>A server of the protocol whose answers a test chooses, correct or not.</summary>
internal sealed class FakeNode : IAsyncDisposable
{
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";

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
            http.Response.ContentType = "application/grpc";
            await answer(http);
        });
        await app.StartAsync();
        return new(app);
    }

    /// <summary>Answers that it supports batches; the test answers every other call.</summary>
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

    /// <summary>One answer, and the status after it.</summary>
    public static async Task SendAsync(HttpContext http, IMessage message, StatusCode status = StatusCode.OK)
    {
        await http.Response.Body.WriteAsync(Frames.Of(message));
        http.Response.AppendTrailer(Status, ((int)status).ToString());
    }

    /// <summary>
    /// No answer, and the end: one HEADERS frame with the status and END_STREAM (<i>Trailers-Only</i>), as real servers
    /// answer a read that finds nothing.
    /// </summary>
    public static Task EndAsync(HttpContext http)
    {
        http.Response.Headers[Status] = "0";
        return Task.CompletedTask;
    }

    /// <summary>An error without an answer, as <i>Trailers-Only</i>.</summary>
    public static Task RefuseAsync(HttpContext http, StatusCode status, string message = "", params (string Name, string Value)[] trailers)
    {
        http.Response.Headers[Status] = ((int)status).ToString();
        http.Response.Headers[Message] = Uri.EscapeDataString(message);
        foreach (var (name, value) in trailers) http.Response.Headers[name] = value;
        return Task.CompletedTask;
    }

    /// <summary>Carries out each append of a call of batches with the answer that the test makes for it.</summary>
    public static async Task AnswerBatchesAsync(HttpContext http, Func<BatchAppendReq, BatchAppendResp> answer)
    {
        await http.Response.StartAsync();
        while (await http.Request.BodyReader.ReadAsync(BatchAppendReq.Parser, http.RequestAborted) is { } request)
        {
            if (!request.IsFinal) continue;
            await http.Response.Body.WriteAsync(Frames.Of(answer(request)));
            await http.Response.Body.FlushAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource();
        await patience.CancelAsync();
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }
}
