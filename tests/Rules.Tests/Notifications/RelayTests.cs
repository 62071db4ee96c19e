using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Messages;
using Cqrs.Notifications.Relays;

namespace Cqrs.Rules.Tests.Notifications;

public sealed class RelayTests : IDisposable
{
    private static readonly ConnectionId Pair = ConnectionId.Between(Ann, Bob);

    private readonly PostOffice _office = new();

    public void Dispose() => _office.Dispose();

    [Fact]
    public async Task A_message_for_a_code_says_where_it_lies_and_nothing_of_it()
    {
        await _office.IssueCodeAsync(Bob, "+4915112345100", "654321");
        var node = _office.Process();

        await node.WorkAsync();

        var recorded = (await _office.Log.ReadAllAsync(default, 1)).Events[0];
        var message = node.Bus.Carried.ShouldHaveSingleItem().ShouldBeOfType<SendSms>();
        message.ShouldBe(new SendSms(message.Id, recorded.Stream, 0, recorded.Id));
    }

    [Fact]
    public async Task News_go_to_the_key_of_whoever_is_told_under_the_same_id_each_time()
    {
        _office.People.Keys[Ann] = PostOffice.AnnsKey;
        var position = await _office.AppendAsync(StreamNames.Of(Pair), new InviteAccepted(Pair, Ann, Bob, Start));
        var recorded = (await _office.Log.ReadAllAsync(default, 1)).Events[0];
        var news = new RelayedNews(_office.Codec, _office.People);

        var first = (await news.MessagesOfAsync([recorded], default)).ShouldHaveSingleItem().ShouldBeOfType<SendPush>();
        var second = (await news.MessagesOfAsync([recorded], default)).ShouldHaveSingleItem();

        first.ShouldBe(new SendPush(first.Id, PostOffice.AnnsKey.ToString(), "accepted", Sender: null, Pair.Value, Data: null));
        second.ShouldBe(first);
        _office.People.Asked.ShouldAllBe(asked => asked == position, "the read model must have seen the event");
    }

    [Fact]
    public async Task The_people_of_a_page_of_news_are_asked_for_at_one_go_as_of_its_end()
    {
        (_office.People.Keys[Ann], _office.People.Keys[Cid]) = (PostOffice.AnnsKey, PostOffice.BobsKey);
        var other = ConnectionId.Between(Cid, Bob);
        await _office.AppendAsync(StreamNames.Of(Pair), new InviteAccepted(Pair, Ann, Bob, Start));
        await _office.AppendAsync(StreamNames.Of(Pair), new InviteSeen(Pair, Ann, Bob, Start));
        var last = await _office.AppendAsync(StreamNames.Of(other), new InviteRejected(other, Cid, Bob, Start));
        var node = _office.Process();

        await node.WorkAsync();

        node.Bus.Carried.Cast<SendPush>().Select(push => (push.To, push.Kind)).ShouldBe(
            [(PostOffice.AnnsKey.ToString(), "accepted"), (PostOffice.BobsKey.ToString(), "rejected")]);
        _office.People.Asked.ShouldBe([last]);
    }

    [Fact]
    public async Task Everybody_who_waited_gets_a_message_of_his_own()
    {
        (_office.People.Keys[Ann], _office.People.Keys[Cid]) = (PostOffice.AnnsKey, PostOffice.BobsKey);
        _office.People.Invites.AddRange([new(Pair, Ann, Start), new(ConnectionId.Between(Cid, Bob), Cid, Start)]);
        await _office.AppendAsync(StreamNames.Of(Bob), new Domain.Users.UserVerified(
            Bob, Guid.Empty, new(Bob, "Bob"), new(Bob, ""), new(Bob, "+4915112345100"), new(Bob, "key"), 1, Again: false, Start));
        var node = _office.Process();

        await node.WorkAsync();

        node.Bus.Carried.Cast<SendPush>().Select(push => push.To).ShouldBe([PostOffice.AnnsKey.ToString(), PostOffice.BobsKey.ToString()]);
        node.Bus.Carried.Select(message => message.Id).ShouldBeUnique();
    }

    [Fact]
    public async Task Whoever_has_no_app_or_was_forgotten_is_told_nothing()
    {
        await _office.AppendAsync(StreamNames.Of(Pair), new InviteAccepted(Pair, Ann, Bob, Start));
        var node = _office.Process();
        await node.WorkAsync();
        node.Bus.Carried.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_older_than_a_day_is_not_told_any_more()
    {
        _office.People.Keys[Ann] = PostOffice.AnnsKey;
        await _office.AppendAsync(StreamNames.Of(Pair), new InviteRejected(Pair, Ann, Bob, Start));
        _office.Clock.Now += DeliveryTimes.Remembered - Tick;
        await _office.AppendAsync(StreamNames.Of(Pair), new InviteAccepted(Pair, Ann, Bob, Start));
        _office.Clock.Now += Tick;
        var node = _office.Process();

        await node.WorkAsync();

        node.Bus.Carried.ShouldHaveSingleItem().ShouldBeOfType<SendPush>().Kind.ShouldBe("accepted");
    }

    [Fact]
    public async Task A_bus_that_is_down_holds_nothing_up_and_loses_nothing()
    {
        await _office.IssueCodeAsync(Bob);
        var node = _office.Process();
        var failures = new List<Exception>();
        node.Dispatcher.OnBusFailure = failures.Add;
        node.Bus.IsDown = true;
        await node.WorkAsync();
        (failures.Count, _office.Sms.Asked).ShouldBe((1, 0));

        node.Bus.IsDown = false;
        _office.Clock.Now += DeliveryTimes.Lost.After(0);
        await node.WorkAsync();

        _office.Sms.Sent.Count.ShouldBe(1);
    }
}
