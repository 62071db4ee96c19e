using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Report;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs report invites</c>: what is counted, and how long it took.</summary>
public sealed class ReportTests(AcquaintedFixture story) : IClassFixture<AcquaintedFixture>
{
    private static readonly DateTimeOffset Start = new(2026, 11, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly (UserId Ann, UserId Bob) People = (new(Guid.NewGuid()), new(Guid.NewGuid()));
    private static readonly ConnectionId Pair = ConnectionId.Between(People.Ann, People.Bob);

    private readonly InviteFunnel _funnel = new(sent => sent < Start ? null : "all");

    private InviteCohort Cohort => _funnel.Cohorts["all"];

    [Fact]
    public async Task Beside_a_server()
    {
        var row = (await CqrsShell.RunAsync(story.Server, "report", "invites", "--by", "all", "--format", "jsonl")).ShouldSucceed().Rows.Single();
        row.GetProperty("invited").GetInt32().ShouldBe(1);
        row.GetProperty("withoutApp").GetInt32().ShouldBe(0);
        row.GetProperty("seen").GetInt32().ShouldBe(1);
        row.GetProperty("accepted").GetInt32().ShouldBe(1);
        row.GetProperty("open").GetInt32().ShouldBe(0);
    }

    [Fact]
    public void The_whole_way_of_somebody_without_the_app()
    {
        Happens(
            new UserInvited(People.Bob, new(People.Bob, "+49"), People.Ann, At(0)), Sent(At(0)), new InviteLinkOpened(Pair, People.Ann, People.Bob, At(10)),
            Verified(At(40), again: false), new InviteSeen(Pair, People.Ann, People.Bob, At(41)), new InviteAccepted(Pair, People.Ann, People.Bob, At(45)));

        Cohort.WithoutApp.ShouldBe(1);
        Minutes(InviteStep.LinkOpened).ShouldBe(10);
        Minutes(InviteStep.Registered).ShouldBe(30);
        Minutes(InviteStep.Seen).ShouldBe(1);
        Minutes(InviteStep.Accepted).ShouldBe(4);
        (Cohort.Steps[InviteStep.Rejected].Count, Cohort.Open).ShouldBe((0, 0));
    }

    [Fact]
    public void Who_has_the_app_registers_no_more()
    {
        Happens(new UserInvited(People.Bob, new(People.Bob, "+49"), People.Ann, At(-90)), Verified(At(-60), again: false), Sent(At(0)), Verified(At(5), again: true));
        (Cohort.WithoutApp, Cohort.Steps[InviteStep.Registered].Count, Cohort.Open).ShouldBe((0, 0, 1));
    }

    [Fact]
    public void Who_was_still_registering_when_he_was_invited_had_no_app()
    {
        Happens(new RegistrationRequested(People.Bob, default, new(People.Bob, ""), new(People.Bob, ""), new(People.Bob, ""), At(-1)), Sent(At(0)), Verified(At(2), again: false));
        (Cohort.WithoutApp, Minutes(InviteStep.Registered)).ShouldBe((1, 2));
    }

    [Fact]
    public void What_ended_otherwise_is_not_open()
    {
        Happens(Sent(At(0)), new InviteCancelled(Pair, People.Ann, People.Bob, Seen: false, At(1)), Sent(At(2)), new PartyForgotten(Pair, People.Bob, People.Ann, At(3)));
        (Cohort.Invited, Cohort.Cancelled, Cohort.Forgotten, Cohort.Open).ShouldBe((2, 1, 1, 0));
    }

    [Fact]
    public void What_happens_after_the_answer_counts_for_no_invite()
    {
        Happens(Sent(At(0)), new InviteRejected(Pair, People.Ann, People.Bob, At(1)), new PartyForgotten(Pair, People.Bob, People.Ann, At(2)));
        (Cohort.Steps[InviteStep.Rejected].Count, Cohort.Forgotten, Cohort.Open).ShouldBe((1, 0, 0));
    }

    [Fact]
    public void An_invite_outside_of_the_range_is_not_followed()
    {
        Happens(Sent(At(-1)), new InviteAccepted(Pair, People.Ann, People.Bob, At(1)));
        _funnel.Cohorts.ShouldBeEmpty();
    }

    [Fact]
    public void Quantiles_of_few_are_exact_and_of_many_nearly()
    {
        var few = new DurationSketch();
        few.Quantile(0.5).ShouldBeNull();
        foreach (var minutes in new[] { 1, 5, 60 }) few.Add(TimeSpan.FromMinutes(minutes));
        few.Quantile(0.5).ShouldBe(TimeSpan.FromMinutes(5));
        few.Quantile(0.9).ShouldBe(TimeSpan.FromMinutes(60));

        var (many, halves) = (new DurationSketch(), new[] { new DurationSketch(), new DurationSketch() });
        for (var i = 1; i <= 100_000; i++) halves[i % 2].Add(TimeSpan.FromSeconds(i));
        foreach (var half in halves) many.Add(half);
        many.Count.ShouldBe(100_000);
        many.Quantile(0.5)!.Value.TotalSeconds.ShouldBe(50_000, tolerance: 1_000);
        many.Quantile(0.9)!.Value.TotalSeconds.ShouldBe(90_000, tolerance: 1_800);
    }

    [Fact]
    public void A_clock_that_was_set_back_takes_no_time()
    {
        Happens(Sent(At(10)), new InviteSeen(Pair, People.Ann, People.Bob, At(9)));
        Minutes(InviteStep.Seen).ShouldBe(0);
    }

    [Theory]
    [InlineData("'year' cannot be used for --by: it is not one of day, week, all", "--by", "year")]
    [InlineData("'soon' is no time", "--from", "soon")]
    public async Task Wrong_options_are_named(string what, params string[] args) =>
        (await CqrsShell.RunAsync(story.Server, ["report", "invites", .. args])).ShouldFail(ExitCodes.Usage, what);

    private static DateTimeOffset At(int minutes) => Start.AddMinutes(minutes);

    private static InviteSent Sent(DateTimeOffset at) => new(
        Pair, People.Ann, People.Bob, new(People.Bob, "Bob"), new(People.Bob, ""), new(People.Ann, "code"), at);

    private static UserVerified Verified(DateTimeOffset at, bool again) => new(
        People.Bob, default, new(People.Bob, "Bob"), new(People.Bob, ""), new(People.Bob, ""), new(People.Bob, ""), 1, again, at);

    private void Happens(params IDomainEvent[] events)
    {
        foreach (var @event in events) _funnel.Add(@event, version: 0);
    }

    private double Minutes(InviteStep step)
    {
        Cohort.Steps[step].Count.ShouldBe(1, step.ToString());
        return Cohort.Steps[step].Quantile(0.5)!.Value.TotalMinutes;
    }
}
