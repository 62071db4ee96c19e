using System.Text.Json;
using Cqrs.Api.Endpoints;
using Cqrs.Api.Http;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;
using Cqrs.Messaging.Mailboxes;

namespace Cqrs.Story.Tests.Messaging;

public sealed class MailboxTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task What_one_side_writes_the_other_side_polls()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        (await bob.PollsAsync()).In.ShouldHaveSingleItem().ShouldBe(new(ada.Grant.Out, Video: null, Seen: null));

        (await ada.WriteAsync(ada.Grant.Out, new { video = 1000 })).ShouldBe(204).Body.ShouldBeEmpty();
        (await bob.PollsAsync()).In.ShouldHaveSingleItem().ShouldBe(new(ada.Grant.Out, 1000, Seen: null));
        (await ada.PollsAsync()).In.ShouldHaveSingleItem().ShouldBe(new(bob.Grant.Out, Video: null, Seen: null));

        (await bob.WriteAsync(bob.Grant.Out, new { seen = new { video = 1000, status = "downloaded" } })).ShouldBe(204);
        (await ada.PollsAsync()).In.ShouldHaveSingleItem().ShouldBe(new(bob.Grant.Out, Video: null, new(1000, "downloaded")));
        (await bob.WriteAsync(bob.Grant.Out, new { video = 2000, seen = new { video = 1000, status = "viewed" } })).ShouldBe(204);
        (await ada.PollsAsync()).In.ShouldHaveSingleItem().ShouldBe(new(bob.Grant.Out, 2000, new(1000, "viewed")));
    }

    [Fact]
    public async Task Nothing_goes_back_in_time()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        (await ada.WriteAsync(ada.Grant.Out, new { video = 2000, seen = new { video = 50, status = "viewed" } })).ShouldBe(204);
        var before = (await bob.PollsAsync()).In.Single();

        (await ada.WriteAsync(ada.Grant.Out, new { video = 1999 })).ShouldBeProblem("older-video");
        (await ada.WriteAsync(ada.Grant.Out, new { video = 1999, seen = new { video = 51, status = "viewed" } })).ShouldBeProblem("older-video");
        (await ada.WriteAsync(ada.Grant.Out, new { video = 2000 })).ShouldBe(204);
        (await ada.WriteAsync(ada.Grant.Out, new { seen = new { video = 50, status = "downloaded" } })).ShouldBe(204);
        (await ada.WriteAsync(ada.Grant.Out, new { seen = new { video = 49, status = "viewed" } })).ShouldBe(204);
        (await bob.PollsAsync()).In.Single().ShouldBe(before);
    }

    [Fact]
    public async Task A_poll_is_answered_304_until_something_changes()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        await bob.Phone.ListAsync();
        var first = (await bob.PollAsync()).ShouldBe(200);
        var etag = first.Header("ETag").ShouldNotBeNull();
        var unchanged = (await bob.PollAsync(etag)).ShouldBe(304);
        unchanged.Header("ETag").ShouldBe(etag);
        unchanged.Body.ShouldBeEmpty();

        await ada.WriteAsync(ada.Grant.Out, new { video = 1000 });
        var second = (await bob.PollAsync(etag)).ShouldBe(200);
        second.Header("ETag").ShouldNotBe(etag);
        (await bob.PollAsync($"\"other\", {second.Header("ETag")}")).Status.ShouldBeOneOf(200, 304);

        await ada.Phone.StepsAsync("clear", ada.Grant.ConnectionId);
        await Wait.UntilAsync(() => bob.PollAsync(second.Header("ETag")), answer => answer.Status == 200 && answer.As<MyPoll>().Changed.Bit);
    }

    [Fact]
    public async Task The_bit_comes_with_the_poll_and_fetching_the_list_clears_it()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        await bob.Phone.ListAsync();
        var position = (await ada.Phone.StepAsync("clear", ada.Grant.ConnectionId)).ShouldBe(200).Position;
        var changed = (await Wait.UntilAsync(bob.PollsAsync, poll => poll.Changed.Bit)).Changed;
        changed.Version.ShouldBeLessThanOrEqualTo(position);
        (await bob.Phone.ListAsync()).Version.ShouldBe(changed.Version);
        (await bob.PollsAsync()).Changed.ShouldBe(new(Bit: false, changed.Version));
    }

    [Theory]
    [InlineData("""{}""", null)]
    [InlineData("""{"video":null}""", null)]
    [InlineData("""{"video":0}""", "video")]
    [InlineData("""{"video":-5}""", "video")]
    [InlineData("""{"video":1.5}""", "video")]
    [InlineData("""{"video":"1"}""", "video")]
    [InlineData("""{"video":253402300800000}""", "video")]
    [InlineData("""{"video":99999999999999999999}""", "video")]
    [InlineData("""{"seen":{"status":"viewed"}}""", "seen.video")]
    [InlineData("""{"seen":{"video":5}}""", "seen.status")]
    [InlineData("""{"seen":{"video":5,"status":"Viewed"}}""", "seen.status")]
    [InlineData("""{"seen":{"video":5,"status":"lost"}}""", "seen.status")]
    [InlineData("""[]""", null)]
    [InlineData("""nonsense""", null)]
    public async Task What_cannot_be_understood_is_refused_and_changes_nothing(string body, string? field)
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var answer = await ada.WriteAsync(ada.Grant.Out, new StringContent(body));
        answer.ShouldBeProblem("invalid-request", field is null ? [] : ["field"]);
        if (field is not null) answer.String("field").ShouldBe(field);
        (await bob.PollsAsync()).In.ShouldHaveSingleItem().Video.ShouldBeNull();
    }

    [Fact]
    public async Task Mailboxes_outlive_a_restart()
    {
        using var folder = new DataFolder();
        await using var restarted = await StoryServer.StartAsync(folder);
        var (ada, bob) = await Messenger.ConnectedAsync(restarted);
        (await ada.WriteAsync(ada.Grant.Out, new { video = 1000 })).ShouldBe(204);

        // Whoever has the list is not told of it any more: the bit does not change between the polls.
        await bob.Phone.ListAsync();
        var before = await bob.PollAsync();
        await restarted.RestartAsync();
        (await bob.PollAsync(before.Header("ETag"))).ShouldBe(304);
    }

    [Fact]
    public void The_body_written_by_hand_is_the_one_that_the_contract_describes()
    {
        var grants = new Grant[64];
        var states = new MailboxState[grants.Length];
        for (var i = 0; i < grants.Length; i++)
        {
            grants[i] = new(default, new(UInt128.MaxValue / (UInt128)(i + 1)), default);
            states[i] = new(
                i % 2 == 0 ? null : 253_402_300_799_999 - i, i % 3 == 0 ? null : new(253_402_300_799_999 / (i + 1), i % 3 == 1 ? SeenStatus.Viewed : SeenStatus.Downloaded));
        }

        for (var count = 0; count <= grants.Length; count++)
        {
            var poll = new Poll(count % 2 == 0, long.MaxValue, states.AsMemory(0, count));
            var described = new MailboxesResponse(new(poll.Changed, poll.Version), [.. Enumerable.Range(0, count).Select(i => Described(grants[i].In, states[i]))]);
            var body = new byte[PollBody.Room(count)];
            var length = PollBody.Write(poll, grants.AsSpan(0, count), body);
            body.AsSpan(0, length).ToArray().ShouldBe(JsonSerializer.SerializeToUtf8Bytes(described, JsonTypes.Contract.MailboxesResponse));
        }
    }

    private static MailboxResponse Described(MailboxName name, MailboxState state) => new(
        name.ToString(), state.Video, state.Seen is { } seen ? new(seen.Video, SeenStatuses.Text(seen.Status)) : null);
}
