using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Google.Protobuf;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>A call that stays open; its messages are read one by one.</summary>
internal sealed class Listener<T>(HttpResponseMessage response, MessageParser<T> parser) : IDisposable
    where T : class, IMessage<T>
{
    private readonly Stream _body = response.Content.ReadAsStream();

    public async Task<T> NextAsync() =>
        await Frames.ReadAsync(_body, parser).WaitAsync(LogFixture.Patience) ?? throw new InvalidOperationException("The call has ended.");

    /// <summary>Returns the messages up to the first that matches.</summary>
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
        new(await client.OpenAsync(GrpcClient.Read, new ByteArrayContent(Frames.Of(request))).WaitAsync(LogFixture.Patience), ReadResp.Parser);
}
