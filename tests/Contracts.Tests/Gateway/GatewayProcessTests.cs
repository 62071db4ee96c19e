using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Sqlite;
using Grpc.Core;
using static Cqrs.Contracts.Tests.Gateway.Requests;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>The face beside another process on the same log, and the face that dies.</summary>
public sealed class GatewayProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GatewayProcessTests() => Directory.CreateDirectory(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_another_process_appends_is_told_at_once()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        using var face = await GatewayProcess.StartAsync(_folder.Path);
        using var client = new GrpcClient(face.Address);
        using var listener = await client.ListenAsync(SubscribeAll(options => options.All = new() { End = new() }));
        await listener.UntilAsync(message => message.ContentCase == ReadResp.ContentOneofCase.CaughtUp);
        var e = LogFixture.Event();
        await log.AppendAsync("beside", e);
        (await listener.NextAsync()).Event.Event.Id.String.ShouldBe(e.Id.ToString());
    }

    [Fact]
    public async Task What_was_answered_survives_a_kill_and_calls_go_on_at_the_same_address()
    {
        Uri address;
        using (var face = await GatewayProcess.StartAsync(_folder.Path))
        {
            using var client = new GrpcClient(address = face.Address);
            for (var i = 0; i < 20; i++) (await client.CallAsync(GrpcClient.Append, AppendTo("kept"), Proposed())).ShouldBe(StatusCode.OK);
            using var listener = await client.ListenAsync(SubscribeAll());
            await listener.UntilAsync(message => message.ContentCase == ReadResp.ContentOneofCase.CaughtUp);
            await face.KillAsync();
            await Should.ThrowAsync<Exception>(listener.NextAsync());
        }

        using (await GatewayProcess.StartAsync(_folder.Path, address.ToString()))
        {
            using var client = new GrpcClient(address);
            var answer = await client.CallAsync(GrpcClient.Read, ReadStream("kept"));
            (await answer.ShouldBe(StatusCode.OK).MessagesAsync(ReadResp.Parser)).Count.ShouldBe(20);
        }
    }
}
