using System.Globalization;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using FsCheck;
using FsCheck.Fluent;
using static Cqrs.Domain.Connections.ConnectionView;

namespace Cqrs.Rules.Tests.Properties;

/// <summary>Up to four people act on their connections in any order; what must hold, holds after each step.</summary>
public sealed class ConnectionProperties
{
    private static readonly UserId[] People = [Ann, Bob, Cid, Dot];

    /// <summary>What two people may see of each other at once.</summary>
    private static readonly HashSet<(ConnectionView, ConnectionView)> AllowedPairs =
    [
        (None, None),
        (Inviting, Invited), (Invited, Inviting),
        (Connected, Connected),
        (Rejected, None), (None, Rejected),
        (Contact, None), (None, Contact),
    ];

    public enum Act
    {
        Invite, OpenLink, See, Accept, Reject, Acknowledge, Clear, Forget, Lapse,
    }

    /// <summary>Someone does something about someone else, some hours after the step before.</summary>
    public sealed record Step(int By, int About, Act Act, int Hours)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{By} {Act} {About} +{Hours}h");
    }

    // Forgetting ends what is interesting and lapsing changes nothing that is seen: both are rarer than the rest.
    private static Gen<Step> Steps(int people) =>
        from actor in Gen.Choose(0, people - 1)
        from further in Gen.Choose(1, people - 1)
        from act in Gen.Frequency(
            (4, Gen.Constant(Act.Invite)), (1, Gen.Constant(Act.OpenLink)), (2, Gen.Constant(Act.See)), (2, Gen.Constant(Act.Accept)),
            (3, Gen.Constant(Act.Reject)), (2, Gen.Constant(Act.Acknowledge)), (3, Gen.Constant(Act.Clear)),
            (1, Gen.Elements(Act.Forget, Act.Lapse)))
        from hours in Gen.Choose(0, 96)
        select new Step(actor, (actor + further) % people, act, hours);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_people_do_their_views_agree(int people) =>
        PropertyChecks.ForAllHistories(Steps(people), histories: 300, longest: 100, steps =>
        {
            var world = new World();
            foreach (var step in steps) world.Play(step);
            world.FoldedAnewShouldBeTheSame();
        });

    /// <summary>The connections of all, kept live, and all their events.</summary>
    private sealed class World
    {
        private readonly Dictionary<ConnectionId, Connection> _live = [];
        private readonly Dictionary<ConnectionId, List<IDomainEvent>> _log = [];
        private DateTimeOffset _now = Start;

        public void Play(Step step)
        {
            _now = _now.AddHours(step.Hours);
            var (by, about) = (People[step.By], People[step.About]);
            var id = ConnectionId.Between(by, about);
            var before = _live.GetValueOrDefault(id, Connection.Initial);

            var decision = Decide(before, step.Act, by, about);
            if (decision.Refusal is { } refusal)
            {
                decision.Events.ShouldBeEmpty();
                if (refusal.RetryAt is { } retryAt) retryAt.ShouldBeGreaterThan(_now);
                return;
            }

            var after = decision.Events.Aggregate(before, (state, @event) => state.Evolve(@event));
            decision.Events.All(@event => @event.At == _now).ShouldBeTrue();
            ShouldDoNothingASecondTime(after, step.Act, by, about);
            ViewsShouldAgree(after, by, about);
            OthersShouldSeeNothing(after, by, about);
            InvitesAgainShouldBeFew(after);

            _live[id] = after;
            if (!_log.TryGetValue(id, out var log)) _log[id] = log = [];
            log.AddRange(decision.Events);
        }

        public void FoldedAnewShouldBeTheSame()
        {
            foreach (var (id, log) in _log)
            {
                var folded = log.Aggregate(Connection.Initial, (state, @event) => state.Evolve(@event));
                PropertyChecks.InFull(folded).ShouldBe(PropertyChecks.InFull(_live[id]));
            }
        }

        private Decision Decide(Connection connection, Act act, UserId by, UserId about) => act switch
        {
            Act.Invite => ConnectionDecider.Invite(connection, by, about, new(about, "First"), new(about, ""), "code", _now),
            Act.OpenLink => ConnectionDecider.OpenLink(connection, _now),
            Act.See => ConnectionDecider.See(connection, by, _now),
            Act.Accept => ConnectionDecider.Accept(connection, by, _now),
            Act.Reject => ConnectionDecider.Reject(connection, by, _now),
            Act.Acknowledge => ConnectionDecider.Acknowledge(connection, by, _now),
            Act.Clear => ConnectionDecider.Clear(connection, by, _now),
            Act.Forget => ConnectionDecider.Forget(connection, by, _now),
            Act.Lapse => ConnectionDecider.Lapse(connection, ConnectionId.Between(by, about), by, _now),
            _ => throw new ArgumentOutOfRangeException(nameof(act)),
        };

        private void ShouldDoNothingASecondTime(Connection after, Act act, UserId by, UserId about)
        {
            var again = Decide(after, act, by, about);
            again.Refusal.ShouldBeNull();
            if (act != Act.Lapse) again.Events.ShouldBeEmpty();
        }

        private static void ViewsShouldAgree(Connection connection, UserId one, UserId other)
        {
            var views = (connection.ViewOf(one), connection.ViewOf(other));
            AllowedPairs.ShouldContain(views);
            foreach (var user in new[] { one, other })
            {
                connection.TakesSquareOf(user).ShouldBe(connection.ViewOf(user) is Inviting or Connected or Rejected);
                if (connection.ContactOf == user) connection.ViewOf(user).ShouldBeOneOf(Contact, Invited);
            }
        }

        private static void OthersShouldSeeNothing(Connection connection, UserId one, UserId other)
        {
            foreach (var stranger in People.Except([one, other]))
            {
                connection.ViewOf(stranger).ShouldBe(None);
                connection.TakesSquareOf(stranger).ShouldBeFalse();
            }
        }

        private void InvitesAgainShouldBeFew(Connection connection) =>
            connection.InvitedAgainAt.Count(at => at > _now - TimeSpan.FromDays(30)).ShouldBeLessThanOrEqualTo(3);
    }
}
