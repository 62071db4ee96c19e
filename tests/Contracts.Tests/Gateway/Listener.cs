using System.IO.Pipelines;
using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Google.Protobuf;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>A call that stays open; reads message after message, when it likes.</summary>
internal sealed class Listener<T>(HttpResponseMessage response, MessageParser<T> parser) : IDisposable
    where T : class, IMessage<T>
{
    private readonly GrpcFrameReader _reader = new(PipeReader.Create(response.Content.ReadAsStream()), int.MaxValue);

    public async Task<T> NextAsync() =>
        await _reader.ReadAsync(parser, CancellationToken.None).AsTask().WaitAsync(LogFixture.Patience) ?? throw new InvalidOperationException("The call has ended.");

    /// <summary>Messages up to the first that fits.</summary>
    public async Task<List<T>> UntilAsync(Predicate<T> isLast)
    {
        var messages = new List<T>();
        do messages.Add(await NextAsync());
        while (!isLast(messages[^1]));
        return messages;
    }

    public void Dispose() => response.Dispose();
}

internal static class Listening
{
    public static async Task<Listener<ReadResp>> ListenAsync(this GrpcClient client, ReadReq request) =>
        new(await client.OpenAsync(GrpcClient.Read, new ByteArrayContent(GrpcClient.Frames(request))).WaitAsync(LogFixture.Patience), ReadResp.Parser);
}
