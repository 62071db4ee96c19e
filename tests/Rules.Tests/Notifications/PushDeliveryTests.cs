using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Devices;
using Cqrs.Notifications.Messages;
using Cqrs.Notifications.Push;

namespace Cqrs.Rules.Tests.Notifications;

public sealed class PushDeliveryTests : IDisposable
{
    private readonly PostOffice _office = new();
    private int _commands;

    public void Dispose() => _office.Dispose();

    [Fact]
    public async Task It_goes_to_each_device_once_however_often_the_message_comes()
    {
        var node = await NodeAsync("ios", "android");
        await TellAsync(node);
        await node.WorkAsync();

        await node.DeliverAsync(node.Bus.Carried[0]);
        await node.WorkAsync();

        _office.Push.Sent.Select(push => push.Token).ShouldBe(["ios", "android"], ignoreOrder: true);
        _office.Push.Sent.Select(push => push.Id).ShouldBeUnique();
    }

    [Fact]
    public async Task The_devices_that_had_it_do_not_get_it_again_for_the_sake_of_the_one_that_failed()
    {
        var node = await NodeAsync("ios", "android");
        _office.Push.Answer = push => push.Token == "android" ? throw new IOException() : PushOutcome.Sent;
        await TellAsync(node);
        await node.WorkAsync();
        _office.Push.Answer = _ => PushOutcome.Sent;
        _office.Clock.Now += DeliveryTimes.Failed.First;
        await node.WorkAsync();
        _office.Push.Sent.Select(push => push.Token).ShouldBe(["ios", "android"]);
    }

    [Fact]
    public async Task Of_those_that_say_the_same_only_the_newest_is_sent()
    {
        var node = await NodeAsync("ios");
        for (var video = 1; video <= 3; video++) await TellAsync(node, data: $"{video}");
        await node.WorkAsync();
        _office.Push.Sent.ShouldHaveSingleItem().Data["video"].ShouldBe("3");
        (await node.StateOfAsync(node.Bus.Carried[0].Id)).ShouldBe(DeliveryState.Done);
    }

    [Fact]
    public async Task What_says_something_else_stands_for_itself()
    {
        var node = await NodeAsync("ios");
        await node.Devices.SetAsync(PostOffice.AnnsKey, Platform.Ios, "anns");
        await TellAsync(node, "new-video", from: PostOffice.AnnsKey);
        await TellAsync(node, "video-status", from: PostOffice.AnnsKey);
        await TellAsync(node, "new-video", from: new(7));
        await TellAsync(node, "new-video", from: new(7), to: PostOffice.AnnsKey);
        await node.WorkAsync();
        _office.Push.Sent.Count.ShouldBe(4);
    }

    [Fact]
    public async Task One_that_waits_for_its_next_try_gives_way_to_a_newer_one()
    {
        var node = await NodeAsync("ios");
        _office.Push.Answer = _ => PushOutcome.NotSent;
        await TellAsync(node, data: "1");
        await node.WorkAsync();
        _office.Push.Answer = _ => PushOutcome.Sent;
        _office.Clock.Now += DeliveryTimes.Failed.First;

        await TellAsync(node, data: "2");
        await node.WorkAsync();

        _office.Push.Sent.ShouldHaveSingleItem().Data["video"].ShouldBe("2");
    }

    [Fact]
    public async Task One_that_was_sent_stands_in_nobodys_way()
    {
        var node = await NodeAsync("ios");
        await TellAsync(node, data: "1");
        await node.WorkAsync();
        await TellAsync(node, data: "2");
        await node.WorkAsync();
        _office.Push.Sent.Select(push => push.Data["video"]).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task A_dead_token_is_forgotten()
    {
        var node = await NodeAsync("ios", "android");
        _office.Push.Answer = push => push.Token == "ios" ? PushOutcome.TokenDead : PushOutcome.Sent;
        await TellAsync(node);
        await node.WorkAsync();
        (await node.Devices.OfAsync(PostOffice.BobsKey)).ShouldBe([new(Platform.Android, "android")]);
        (await node.StateOfAsync(node.Bus.Carried[0].Id)).ShouldBe(DeliveryState.Done);
    }

    [Fact]
    public async Task A_token_that_came_meanwhile_stays_and_gets_the_push()
    {
        var node = await NodeAsync("old");
        _office.Push.Answer = push =>
        {
            if (push.Token == "new") return PushOutcome.Sent;
            node.Devices.SetAsync(PostOffice.BobsKey, Platform.Ios, "new").AsTask().IsCompletedSuccessfully.ShouldBeTrue();
            return PushOutcome.TokenDead;
        };
        await TellAsync(node);
        await node.WorkAsync();
        (await node.Devices.OfAsync(PostOffice.BobsKey)).ShouldBe([new(Platform.Ios, "new")]);

        _office.Clock.Now += DeliveryTimes.Failed.First;
        await node.WorkAsync();
        _office.Push.Sent.ShouldHaveSingleItem().Token.ShouldBe("new");
    }

    [Theory]
    [InlineData("no key", "invited", null, Reasons.BadMessage)]
    [InlineData(null, "no-such-kind", null, Reasons.BadMessage)]
    [InlineData(null, "new-video", "not sealed", Reasons.Unreadable)]
    [InlineData(null, "new-video", "AAAA", Reasons.Unreadable)]
    public async Task A_message_that_can_never_succeed_is_parked_at_once(string? to, string kind, string? data, string reason)
    {
        var node = await NodeAsync("ios");
        await node.DeliverAsync(new SendPush(Guid.NewGuid(), to ?? PostOffice.BobsKey.ToString(), kind, Sender: null, Connection: null, data));
        (await node.ParkedMessages.ListAsync()).ShouldHaveSingleItem().Reason.ShouldBe(reason);
    }

    [Fact]
    public async Task Waits_grow_until_it_is_parked_and_all_can_be_replayed()
    {
        var node = await NodeAsync("ios");
        var asked = new List<double>();
        _office.Push.Answer = _ =>
        {
            asked.Add((_office.Clock.Now - Start).TotalSeconds);
            return PushOutcome.NotSent;
        };
        await TellAsync(node, "new-video");
        await TellAsync(node, "video-status");
        for (var second = 0; second < 1_000; second++)
        {
            await node.WorkAsync();
            _office.Clock.Now = Start.AddSeconds(second + 1);
        }

        asked.Where((_, i) => i % 2 == 0).ShouldBe([0, 1, 3, 7, 15, 31, 63, 127, 255, 511]);
        var parked = await node.ParkedMessages.ListAsync();
        parked.Select(one => (one.Kind, one.Reason, one.Tries)).ShouldBe([("push", Reasons.NotSent, 10), ("push", Reasons.NotSent, 10)]);
        node.Parked.ShouldBe(parked.Select(one => one.Id));

        _office.Push.Answer = _ => PushOutcome.Sent;
        (await node.ParkedMessages.ReplayAllAsync()).ShouldBe(2);
        await node.WorkAsync();
        (_office.Push.Sent.Count, await node.ParkedMessages.CountAsync()).ShouldBe((2, 0));
    }

    private async Task<PostNode> NodeAsync(params string[] tokens)
    {
        var node = _office.Process();
        foreach (var token in tokens)
            await node.Devices.SetAsync(PostOffice.BobsKey, token == "android" ? Platform.Android : Platform.Ios, token);
        return node;
    }

    private Task TellAsync(PostNode node, string kind = "new-video", UserKey? from = null, UserKey? to = null, string data = "0") => node.Phones.SendAsync(
        from ?? PostOffice.AnnsKey, to ?? PostOffice.BobsKey, kind, new Dictionary<string, string> { ["video"] = data },
        new CommandId(new Guid(++_commands, 4, 0, new byte[8])), CancellationToken.None);
}
