using Cqrs.Cli.CommandLine;
using Cqrs.Contracts.Tests.Gateway;
using Cqrs.EventStore.Copying;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs events copy</c>: between the embedded log and a server of EventStoreDB's protocol in another process.</summary>
public sealed class CopyTests : IDisposable
{
    private readonly DataFolder _data = new();
    private readonly DataFolder _served = new();
    private readonly DataFolder _back = new();

    public void Dispose()
    {
        _data.Dispose();
        _served.Dispose();
        _back.Dispose();
    }

    [Fact]
    public async Task There_and_back_it_is_the_same_log()
    {
        await LiveAsync();
        using var face = await GatewayProcess.StartAsync(_served.Path);

        (await CopyAsync(_data.Path, AddressOf(face))).ExitCode.ShouldBe(ExitCodes.Ok);
        var back = await CopyAsync(AddressOf(face), _back.Path);

        back.ExitCode.ShouldBe(ExitCodes.Ok, back.Error);
        back.Error.ShouldContain("all equal");
        var (before, after) = (await EventsAsync(_data.Path), await EventsAsync(_back.Path));
        after.Count.ShouldBeGreaterThan(10);
        after.Select(Kept).ShouldBe(before.Select(Kept));

        static object Kept(RecordedEvent e) =>
            (e.Position, e.Stream, e.Version, e.Id, e.Type, e.IsJson, Convert.ToHexString(e.Data.Span), Convert.ToHexString(e.Metadata.Span));
    }

    [Fact]
    public async Task Between_embedded_logs_the_times_of_the_log_are_kept_too()
    {
        await LiveAsync();

        (await CopyAsync(_data.Path, _back.Path)).ExitCode.ShouldBe(ExitCodes.Ok);

        (await EventsAsync(_back.Path)).Select(e => e.Created).ShouldBe((await EventsAsync(_data.Path)).Select(e => e.Created));
    }

    [Fact]
    public async Task A_copy_that_was_interrupted_goes_on_and_one_that_is_whole_copies_nothing()
    {
        await LiveAsync();
        await using (var source = SqliteEventLog.Open(_data.Path))
        await using (var target = SqliteEventLog.Open(_back.Path, options: new() { TakenAt = new Times(await EventsAsync(_data.Path)).Of }))
            await new LogCopy(source, target, new()).RunAsync(new(7), (_, _) => { }, default);
        (await EventsAsync(_back.Path)).Count.ShouldBe(7);

        var rest = await CopyAsync(_data.Path, _back.Path);
        var again = await CopyAsync(_data.Path, _back.Path);

        var all = (await EventsAsync(_data.Path)).Count;
        rest.Error.ShouldContain($"{all - 7} events copied, {all} in both logs, all equal.");
        again.Error.ShouldContain($"0 events copied, {all} in both logs, all equal.");
    }

    [Fact]
    public async Task A_server_goes_on_with_the_copy_where_it_was_and_says_nothing_twice()
    {
        var (ada, bob, connection) = await LiveAsync();
        using var face = await GatewayProcess.StartAsync(_served.Path);

        var moved = await CopyAsync(_data.Path, AddressOf(face), "--move", _data.Path, "--format", "jsonl");

        moved.ExitCode.ShouldBe(ExitCodes.Ok, moved.Error);

        // Those that met nothing of theirs yet have no checkpoint to move.
        var followers = moved.Rows.Select(row => row.GetProperty("follower").GetString()).ToList();
        followers.ShouldContain("sms-relay");
        followers.ShouldBeUnique();
        followers.ShouldBeSubsetOf(["forgetting", "square-keeper", "push-relay", "sms-relay"]);
        await using var server = await StoryServer.StartAsync(_data, $"--EventStore={AddressOf(face)}");
        var said = (await server.OutboxAsync()).Count;

        // It stands where it stood, and works.
        var carl = await Phone.RegisteredAsync(server, "Carl");
        var list = await Wait.UntilAsync(() => ListAsync(server, ada), list => list.Status == 200);
        list.As<MyList>().Connections.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            entry => entry.ConnectionId.ShouldBe(connection),
            entry => entry.State.ShouldBe("connected"),
            entry => entry.Phone.ShouldBe(bob.Number));

        // The code that Carl asked for is all that was sent since.
        (await server.OutboxAsync()).Skip(said).Select(message => message.To).ShouldBe([carl.Number]);
    }

    [Fact]
    public async Task What_cannot_be_copied_says_why()
    {
        await LiveAsync();
        await using (var other = SqliteEventLog.Open(_back.Path))
            await other.AppendAsync("thing-1", ExpectedVersion.NoStream, [new(Guid.NewGuid(), "happened.v1", "{}"u8.ToArray(), "{}"u8.ToArray())]);

        (await CopyAsync(_data.Path, _back.Path)).ShouldFail(ExitCodes.Different, "is not in the source: it holds another log");
        (await CopyAsync(Path.Combine(_data.Path, "none"), _back.Path)).ShouldFail(ExitCodes.NoInput, "There is no log in");
        (await CopyAsync(_data.Path, _data.Path)).ShouldFail(ExitCodes.Usage, "name the same log");
        (await CopyAsync(_data.Path, "esdb://u:secret@x:0")).ShouldFail(ExitCodes.Usage, "port");
        (await CopyAsync(_data.Path, "esdb://127.0.0.1:1?tls=false&defaultDeadline=200")).ShouldFail(ExitCodes.Io, "No EventStoreDB can be reached at 127.0.0.1:1");
        (await CopyAsync(_data.Path, _back.Path, "--move", "nowhere")).ShouldFail(ExitCodes.NoInput, "There is no folder nowhere");
    }

    [Fact]
    public async Task A_target_that_was_changed_is_found_out()
    {
        await LiveAsync();
        var events = await EventsAsync(_data.Path);
        await using (var target = SqliteEventLog.Open(_back.Path, options: new() { TakenAt = new Times(events).Of }))
        {
            foreach (var e in events)
            {
                ReadOnlyMemory<byte> data = e == events[4] ? new byte[] { 1 } : e.Data;
                await target.AppendAsync(e.Stream, ExpectedVersion.Exactly(e.Version - 1), [new(e.Id, e.Type, data, e.Metadata, e.IsJson)]);
            }
        }

        (await CopyAsync(_data.Path, _back.Path)).ShouldFail(ExitCodes.Different, "Event 5 differs in data");
    }

    /// <summary>A server that has lived and was stopped.</summary>
    private async Task<(Phone Ada, Phone Bob, Guid Connection)> LiveAsync()
    {
        await using var server = await StoryServer.StartAsync(_data);
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var connection = await ada.InvitesAsync(bob);
        await bob.StepsAsync("accept", connection);
        await Wait.UntilAsync(server.OutboxAsync, messages => messages.Count >= 2);
        return (ada, bob, connection);
    }

    private static Task<Answer> ListAsync(StoryServer server, Phone phone)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/connections");
        request.Headers.Authorization = new("Bearer", phone.Token);
        return server.SendAsync(request);
    }

    private static Task<Outcome> CopyAsync(string from, string to, params string[] more) =>
        CqrsShell.RunAsync(["events", "copy", "--from", from, "--to", to, .. more]);

    private static string AddressOf(GatewayProcess face) => $"esdb://{face.Address.Authority}?tls=false";

    private static async Task<IReadOnlyList<RecordedEvent>> EventsAsync(string folder)
    {
        await using var log = SqliteEventLog.Open(folder);
        return (await log.ReadAllAsync(LogPosition.Start, 10_000)).Events;
    }

    private sealed class Times(IReadOnlyList<RecordedEvent> events)
    {
        public DateTimeOffset Of(EventToAppend appended) => events.Single(e => e.Id == appended.Id).Created;
    }
}
