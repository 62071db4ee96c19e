using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Messages;

namespace Cqrs.Contracts.Tests.Notifications;

/// <summary>What every engine of the deliveries keeps. A derived class opens empty ones.</summary>
public abstract class DeliveriesContract : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    protected SettableClock Clock { get; } = new();

    private IDeliveries Deliveries { get; set; } = null!;

    protected abstract Task<IDeliveries> OpenAsync();

    /// <summary>As after the death of the process: what was answered must be there.</summary>
    protected abstract Task<IDeliveries> ReopenAsync();

    public async Task InitializeAsync() => Deliveries = await OpenAsync();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_message_is_accepted_once_and_kept_as_it_is()
    {
        var (sms, push) = (Sms(), Push());
        (await Deliveries.AcceptAsync([sms, push, sms])).ShouldBe([sms, push]);
        (await Deliveries.AcceptAsync([push, sms])).ShouldBeEmpty();
        Deliveries = await ReopenAsync();

        (await Deliveries.AcceptAsync([sms])).ShouldBeEmpty();
        var found = (await Deliveries.FindAsync(push.Id)).ShouldNotBeNull();
        (found.Message, found.State, found.Tries, found.ClaimedAt, found.IsSettled).ShouldBe((push, DeliveryState.Handed, 0, null, false));
        found.DoneFor.ShouldBeEmpty();
        found.Number.ShouldBeGreaterThan((await Deliveries.FindAsync(sms.Id))!.Number);
        (await Deliveries.FindAsync(Guid.NewGuid())).ShouldBeNull();
    }

    [Fact]
    public async Task Of_those_who_claim_at_the_same_time_one_gets_it()
    {
        var sms = await AcceptedAsync(Sms());
        var seen = (await Deliveries.FindAsync(sms.Id))!;
        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await Deliveries.ClaimAsync(seen, Soon))));
        claims.Count(claimed => claimed).ShouldBe(1);

        var claimed = (await Deliveries.FindAsync(sms.Id))!;
        (claimed.State, claimed.ClaimedAt).ShouldBe((DeliveryState.Claimed, Clock.Now));
        (await Deliveries.ClaimAsync(claimed, Soon)).ShouldBeTrue("whoever has seen the claim may take it over");
        (await Deliveries.ClaimAsync(claimed, Soon)).ShouldBeFalse("it was taken over, though no time has passed");
    }

    [Fact]
    public async Task What_is_settled_stays_settled()
    {
        var (done, parked) = (await AcceptedAsync(Sms()), await AcceptedAsync(Sms()));
        var seen = (await Deliveries.FindAsync(done.Id))!;
        await Deliveries.DoneAsync(done.Id);
        await Deliveries.ParkAsync(parked.Id, "reason");
        await Deliveries.WaitAsync(done.Id, Clock.Now, "late", []);
        await Deliveries.ParkAsync(done.Id, "late");
        await Deliveries.DoneAsync(parked.Id);
        (await Deliveries.ClaimAsync(seen, Soon)).ShouldBeFalse();
        (await Deliveries.AcceptAsync([done, parked])).ShouldBeEmpty();
        Deliveries = await ReopenAsync();

        (await Deliveries.FindAsync(done.Id))!.State.ShouldBe(DeliveryState.Done);
        (await Deliveries.FindAsync(parked.Id))!.State.ShouldBe(DeliveryState.Parked);
        Clock.Now += TimeSpan.FromDays(2);
        (await Deliveries.TakeDueAsync(10)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_waits_is_due_at_its_time_and_not_before_and_remembers_what_was_done()
    {
        var push = await AcceptedAsync(Push());
        await Deliveries.WaitAsync(push.Id, Clock.Now + Soon, "reason", ["ios", "android"]);
        Deliveries = await ReopenAsync();

        Clock.Now += Soon - TimeSpan.FromMilliseconds(1);
        (await Deliveries.TakeDueAsync(10)).ShouldBeEmpty();
        Clock.Now += TimeSpan.FromMilliseconds(1);
        (await Deliveries.TakeDueAsync(10)).ShouldBe([push]);
        (await Deliveries.TakeDueAsync(10)).ShouldBeEmpty("it was handed over");

        var delivery = (await Deliveries.FindAsync(push.Id))!;
        (delivery.State, delivery.Tries).ShouldBe((DeliveryState.Handed, 1));
        delivery.DoneFor.ShouldBe(["ios", "android"]);
    }

    [Fact]
    public async Task What_the_bus_lost_is_due_again_later_each_time()
    {
        var sms = await AcceptedAsync(Sms());
        for (var lost = 0; lost < 3; lost++)
        {
            Clock.Now += DeliveryTimes.Lost.After(lost == 0 ? 0 : lost - 1) - TimeSpan.FromMilliseconds(1);
            (await Deliveries.TakeDueAsync(10)).ShouldBeEmpty();
            Clock.Now += TimeSpan.FromMilliseconds(1);
            (await Deliveries.TakeDueAsync(10)).ShouldBe([sms]);
        }

        await Deliveries.HandedAreLostAsync();
        (await Deliveries.TakeDueAsync(10)).ShouldBe([sms], "the bus has forgotten it");
    }

    [Fact]
    public async Task A_claim_whose_owner_is_silent_is_due_again_and_still_a_claim()
    {
        var sms = await AcceptedAsync(Sms());
        await Deliveries.ClaimAsync((await Deliveries.FindAsync(sms.Id))!, Soon);
        await Deliveries.HandedAreLostAsync();
        (await Deliveries.TakeDueAsync(10)).ShouldBeEmpty("another process may be at it");
        Clock.Now += Soon;
        (await Deliveries.TakeDueAsync(10)).ShouldBe([sms]);
        (await Deliveries.FindAsync(sms.Id))!.State.ShouldBe(DeliveryState.Claimed);
    }

    [Fact]
    public async Task The_oldest_are_due_first_and_no_more_than_asked_for()
    {
        var all = new List<IMessage>();
        for (var i = 0; i < 5; i++)
        {
            all.Add(await AcceptedAsync(Sms()));
            await Deliveries.WaitAsync(all[^1].Id, Clock.Now + TimeSpan.FromSeconds(i), "reason", []);
        }

        Clock.Now += Soon;
        (await Deliveries.TakeDueAsync(3)).ShouldBe(all[..3]);
        (await Deliveries.TakeDueAsync(3)).ShouldBe(all[3..]);
    }

    [Fact]
    public async Task A_newer_message_is_one_that_says_the_same_to_the_same()
    {
        var first = await AcceptedAsync(Push("to", "kind", "sender"));
        var seen = (await Deliveries.FindAsync(first.Id))!;
        foreach (var other in new[] { Push("other", "kind", "sender"), Push("to", "other", "sender"), Push("to", "kind", "other") }) await AcceptedAsync(other);
        (await Deliveries.HasNewerAsync(seen)).ShouldBeFalse();

        var second = await AcceptedAsync(Push("to", "kind", "sender"));
        (await Deliveries.HasNewerAsync(seen)).ShouldBeTrue();
        (await Deliveries.HasNewerAsync((await Deliveries.FindAsync(second.Id))!)).ShouldBeFalse();
        await Deliveries.DoneAsync(second.Id);
        (await Deliveries.HasNewerAsync(seen)).ShouldBeTrue("it was told already");

        var sms = await AcceptedAsync(Sms());
        await AcceptedAsync(Sms());
        (await Deliveries.HasNewerAsync((await Deliveries.FindAsync(sms.Id))!)).ShouldBeFalse("each code is one of its own");
    }

    [Fact]
    public async Task What_is_parked_is_listed_with_its_reason_and_can_be_replayed()
    {
        var (one, two) = (await AcceptedAsync(Sms()), await AcceptedAsync(Push()));
        await Deliveries.WaitAsync(one.Id, Clock.Now, "before", ["ios"]);
        await Deliveries.ParkAsync(one.Id, "one");
        await Deliveries.ParkAsync(two.Id, "two");
        Deliveries = await ReopenAsync();

        var parked = await Deliveries.ListParkedAsync();
        parked.Select(p => (p.Id, p.Kind, p.Reason, p.Tries, p.ParkedAt)).ShouldBe([(one.Id, "sms", "one", 2, Clock.Now), (two.Id, "push", "two", 1, Clock.Now)]);
        parked[0].Content.ShouldContain(one.Stream);
        (await Deliveries.CountParkedAsync()).ShouldBe(2);

        (await Deliveries.ReplayAsync(Guid.NewGuid())).ShouldBe(0);
        (await Deliveries.ReplayAsync(one.Id)).ShouldBe(1);
        (await Deliveries.TakeDueAsync(10)).ShouldBe([one]);
        var again = (await Deliveries.FindAsync(one.Id))!;
        (again.Tries, again.ClaimedAt).ShouldBe((0, null));
        again.DoneFor.ShouldBe(["ios"]);
        (await Deliveries.ReplayAsync(null)).ShouldBe(1);
        (await Deliveries.TakeDueAsync(10)).ShouldBe([two]);
        (await Deliveries.CountParkedAsync()).ShouldBe(0);
    }

    private async Task<T> AcceptedAsync<T>(T message)
        where T : IMessage
    {
        (await Deliveries.AcceptAsync([message])).ShouldBe([message]);
        return message;
    }

    private static SendSms Sms() => new(Guid.NewGuid(), $"user-{Guid.NewGuid()}", 3, Guid.NewGuid());

    private static SendPush Push(string to = "to", string kind = "kind", string? sender = null) => new(Guid.NewGuid(), to, kind, sender, Guid.Empty, "data");
}

public sealed class SettableClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
