using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Devices;

namespace Cqrs.Rules.Tests.Notifications;

/// <summary>
/// The process dies before or after each thing that it does, from reading the log to remembering what was sent; another
/// one goes on from what is left.
/// </summary>
public sealed class CrashTests
{
    private static readonly ConnectionId Pair = ConnectionId.Between(Ann, Bob);

    [Fact]
    public async Task No_code_is_lost_with_a_sender_that_recognises_repeats_and_none_goes_out_twice()
    {
        var steps = await StepsAsync();
        for (var crash = 1; crash <= steps; crash++)
        {
            using var office = await AfterCrashAsync(crash, recognises: true);
            office.Sms.Sent.Select(sms => sms.Text[..6]).ShouldBe(["111111", "222222"], ignoreOrder: true, $"after a crash at step {crash}");
            (await office.Process().ParkedMessages.CountAsync()).ShouldBe(0, $"after a crash at step {crash}");
        }
    }

    [Fact]
    public async Task With_any_other_sender_a_code_goes_out_once_or_waits_for_a_person()
    {
        var unknown = 0;
        var steps = await StepsAsync();
        for (var crash = 1; crash <= steps; crash++)
        {
            using var office = await AfterCrashAsync(crash, recognises: false);
            office.Sms.Sent.Select(sms => sms.Id).ShouldBeUnique($"after a crash at step {crash}");
            var parked = await office.Process().ParkedMessages.ListAsync();
            parked.ShouldAllBe(message => message.Reason == Reasons.OutcomeUnknown && message.Kind == "sms");
            parked.Select(message => message.Id).Union(office.Sms.Sent.Select(sms => sms.Id)).Count().ShouldBe(2, $"after a crash at step {crash}");
            unknown += parked.Count;
        }

        unknown.ShouldBe(8, "two codes, each before the sender is asked, after it was, and on either side of the records around that");
    }

    [Fact]
    public async Task No_push_is_lost()
    {
        var steps = await StepsAsync();
        for (var crash = 1; crash <= steps; crash++)
        {
            using var office = await AfterCrashAsync(crash, recognises: true);
            office.Push.Sent.Select(push => push.Data["kind"]).Distinct().ShouldBe(["accepted"], $"after a crash at step {crash}");
            office.Push.Sent.Count.ShouldBeLessThanOrEqualTo(2);
        }
    }

    /// <summary>How many chances to die there are.</summary>
    private static async Task<int> StepsAsync()
    {
        using var office = await StoryAsync(recognises: true);
        var fuse = Fuse.Never;
        await office.Process(fuse).WorkAsync();
        fuse.Steps.ShouldBeGreaterThan(30);
        return fuse.Steps;
    }

    private static async Task<PostOffice> AfterCrashAsync(int step, bool recognises)
    {
        var office = await StoryAsync(recognises);
        var fuse = new Fuse(step);
        await office.Process(fuse).WorkAsync();
        fuse.Burnt.IsCancellationRequested.ShouldBeTrue();

        // Long enough for every claim and every hand-over to be given up, not for a code to expire.
        var next = office.Process();
        for (var minute = 0; minute < 4; minute++)
        {
            await next.WorkAsync();
            office.Clock.Now += DeliveryTimes.Claim;
        }

        return office;
    }

    private static async Task<PostOffice> StoryAsync(bool recognises)
    {
        var office = new PostOffice { Sms = { RecognisesRepeats = recognises } };
        office.People.Keys[Ann] = PostOffice.AnnsKey;
        await office.IssueCodeAsync(Ann, code: "111111");
        await office.IssueCodeAsync(Bob, code: "222222");
        await office.AppendAsync(StreamNames.Of(Pair), new InviteAccepted(Pair, Ann, Bob, Start));
        await office.Process().Devices.SetAsync(PostOffice.AnnsKey, Platform.Ios, "anns");
        return office;
    }
}
