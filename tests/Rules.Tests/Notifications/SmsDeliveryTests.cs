using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Messages;
using Cqrs.Notifications.Sms;

namespace Cqrs.Rules.Tests.Notifications;

public sealed class SmsDeliveryTests : IDisposable
{
    private readonly PostOffice _office = new();

    public void Dispose() => _office.Dispose();

    [Fact]
    public async Task A_code_goes_to_its_number_once_however_often_the_message_comes()
    {
        await _office.IssueCodeAsync(Bob, "+4915112345100", "654321");
        var node = _office.Process();
        await node.WorkAsync();

        await node.DeliverAsync(node.Bus.Carried[0]);
        await _office.Process().DeliverAsync(node.Bus.Carried[0]);

        _office.Sms.Asked.ShouldBe(1);
        var sms = _office.Sms.Sent.ShouldHaveSingleItem();
        (sms.To, sms.Text).ShouldBe(("+4915112345100", "654321 is your Squares code. It works once, for 10 minutes."));
    }

    [Fact]
    public async Task A_code_that_has_expired_goes_nowhere()
    {
        await _office.IssueCodeAsync(Bob);
        _office.Clock.Now += TimeSpan.FromMinutes(10);
        await ShouldBeDoneWithoutAnSmsAsync();
    }

    [Fact]
    public async Task A_code_of_somebody_who_was_forgotten_goes_nowhere()
    {
        await _office.IssueCodeAsync(Bob);
        await _office.Keys.DeleteAsync(Bob);
        await ShouldBeDoneWithoutAnSmsAsync();
    }

    [Fact]
    public async Task A_sender_that_certainly_did_not_send_is_asked_again()
    {
        await _office.IssueCodeAsync(Bob);
        _office.Sms.Answer = _ => SmsOutcome.NotSent;
        var node = _office.Process();
        await node.WorkAsync();
        _office.Sms.Answer = _ => SmsOutcome.Sent;

        await node.WorkAsync();
        _office.Sms.Asked.ShouldBe(1, "it is not due yet");
        _office.Clock.Now += DeliveryTimes.Failed.First;
        await node.WorkAsync();

        _office.Sms.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_sender_that_throws_may_have_sent_it_so_it_is_parked()
    {
        await _office.IssueCodeAsync(Bob);
        _office.Sms.Answer = _ => throw new TimeoutException("+4915112345100");
        (await ParkedAsync()).Reason.ShouldBe(Reasons.OutcomeUnknown);
        _office.Sms.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task A_sender_that_recognises_repeats_is_asked_again_when_it_throws()
    {
        await _office.IssueCodeAsync(Bob);
        (_office.Sms.RecognisesRepeats, _office.Sms.Answer) = (true, _ => throw new TimeoutException());
        var node = _office.Process();
        await node.WorkAsync();
        _office.Sms.Answer = _ => SmsOutcome.Sent;
        _office.Clock.Now += DeliveryTimes.Failed.First;
        await node.WorkAsync();
        _office.Sms.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_a_sender_refuses_is_parked_and_can_be_replayed()
    {
        await _office.IssueCodeAsync(Bob);
        _office.Sms.Answer = _ => SmsOutcome.Refused;
        var parked = await ParkedAsync();
        parked.Reason.ShouldBe(Reasons.Refused);
        _office.Sms.Answer = _ => SmsOutcome.Sent;

        var node = _office.Process();
        (await node.ParkedMessages.ReplayAsync(Guid.NewGuid())).ShouldBeFalse();
        (await node.ParkedMessages.ReplayAsync(parked.Id)).ShouldBeTrue();
        (await node.ParkedMessages.ReplayAsync(parked.Id)).ShouldBeFalse();
        await node.WorkAsync();

        (_office.Sms.Sent.Count, await node.ParkedMessages.CountAsync()).ShouldBe((1, 0));
    }

    [Fact]
    public async Task A_message_that_comes_while_another_consumer_is_at_it_does_nothing()
    {
        await _office.IssueCodeAsync(Bob);
        var node = _office.Process();
        Task? meanwhile = null;
        _office.Sms.Answer = _ =>
        {
            if (_office.Sms.Asked == 1) meanwhile = _office.Process().DeliverAsync(node.Bus.Carried[0]);
            return SmsOutcome.Sent;
        };

        await node.WorkAsync();
        await meanwhile!;

        (_office.Sms.Asked, await node.ParkedMessages.CountAsync()).ShouldBe((1, 0));
    }

    [Theory]
    [InlineData("", 0, Reasons.BadMessage)]
    [InlineData("user-x", -1, Reasons.BadMessage)]
    [InlineData("user-x", 0, Reasons.EventMissing)]
    public async Task A_message_that_can_never_succeed_is_parked_at_once(string stream, long version, string reason)
    {
        var node = _office.Process();
        await node.DeliverAsync(new SendSms(Guid.NewGuid(), stream, version, Guid.NewGuid()));
        (await node.ParkedMessages.ListAsync()).ShouldHaveSingleItem().Reason.ShouldBe(reason);
    }

    [Fact]
    public async Task An_event_with_another_id_or_of_another_kind_is_not_the_one_that_was_meant()
    {
        await _office.IssueCodeAsync(Bob);
        var pair = ConnectionId.Between(Ann, Bob);
        await _office.AppendAsync(StreamNames.Of(pair), new InviteSeen(pair, Ann, Bob, Start));
        var (code, seen) = ((await _office.Log.ReadAllAsync(default, 2)).Events[0], (await _office.Log.ReadAllAsync(default, 2)).Events[1]);
        var node = _office.Process();

        await node.DeliverAsync(new SendSms(Guid.NewGuid(), code.Stream, code.Version, seen.Id));
        await node.DeliverAsync(new SendSms(Guid.NewGuid(), seen.Stream, seen.Version, seen.Id));

        (await node.ParkedMessages.ListAsync()).Select(parked => parked.Reason).ShouldBe([Reasons.EventMissing, Reasons.BadMessage]);
        _office.Sms.Asked.ShouldBe(0);
    }

    private async Task<ParkedMessage> ParkedAsync()
    {
        var node = _office.Process();
        await node.WorkAsync();
        return (await node.ParkedMessages.ListAsync()).ShouldHaveSingleItem();
    }

    private async Task ShouldBeDoneWithoutAnSmsAsync()
    {
        var node = _office.Process();
        await node.WorkAsync();
        (await node.StateOfAsync(node.Bus.Carried.ShouldHaveSingleItem().Id)).ShouldBe(DeliveryState.Done);
        _office.Sms.Asked.ShouldBe(0);
    }
}
