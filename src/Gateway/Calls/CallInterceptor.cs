using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cqrs.Gateway.Calls;

/// <summary>Runs handlers: turns their exceptions into statuses and logs those that have none.</summary>
internal sealed partial class CallInterceptor(IHostApplicationLifetime lifetime, ILogger<GatewayServer> logger) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => WithoutResultAsync(continuation(request, responseStream, context)));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => WithoutResultAsync(continuation(requestStream, responseStream, context)));

    private static async Task<bool> WithoutResultAsync(Task task)
    {
        await task;
        return true;
    }

    private async Task<T> RunAsync<T>(ServerCallContext context, Func<Task<T>> handler)
    {
        context.GetHttpContext().Features.Get<FirstMessageTimer>()?.Arrived();
        try
        {
            return await handler();
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Status(context, e);
        }
    }

    private RpcException Status(ServerCallContext context, Exception error)
    {
        if (context.CancellationToken.IsCancellationRequested || error is ConnectionAbortedException or ConnectionResetException)
            return Refusals.Cancelled(); // The client has gone, or the library has sent DEADLINE_EXCEEDED: this status reaches no client.
        if (error is OperationCanceledException && lifetime.ApplicationStopping.IsCancellationRequested) return Refusals.Stopping();
        if (Refusals.For(error) is { } known) return known;
        Failed(context.Method, error);
        return Refusals.Failed();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Gateway call {Method} failed; the client got UNKNOWN.")]
    private partial void Failed(string method, Exception error);
}
