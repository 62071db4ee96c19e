using System.Globalization;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Registration;
using Cqrs.Domain.Squares;
using Cqrs.Domain.Users;
using FsCheck;
using FsCheck.Fluent;

namespace Cqrs.Rules.Tests.Properties;

/// <summary>Someone registers, waits, guesses, asks again and takes squares in any order.</summary>
public sealed class RegistrationProperties
{
    private const int Squares = 3;

    public enum Act
    {
        Request, Resend, GuessRight, GuessWrong, Revoke, Take, Free,
    }

    /// <summary>Something about the attempt or connection with this number, some seconds after the step before.</summary>
    public sealed record Step(Act Act, int Number, int Seconds)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Act} {Number} +{Seconds}s");
    }

    private static readonly Gen<Step> Steps =
        from act in Gen.Elements(Enum.GetValues<Act>())
        from number in Gen.Choose(0, 5)
        from seconds in Gen.Frequency((6, Gen.Choose(0, 400)), (1, Gen.Choose(0, 90_000)))
        select new Step(act, number, seconds);

    [Fact]
    public void Whatever_is_asked_the_limits_hold() =>
        PropertyChecks.ForAllHistories(Steps, histories: 300, longest: 120, steps =>
        {
            var world = new World();
            foreach (var step in steps) world.Play(step);
            world.FoldedAnewShouldBeTheSame();
        });

    /// <summary>Ann's stream, her state kept live, and what each attempt's last code was.</summary>
    private sealed class World
    {
        private readonly List<IDomainEvent> _log = [];
        private User _live = User.Initial;
        private DateTimeOffset _now = Start;

        public void Play(Step step)
        {
            _now = _now.AddSeconds(step.Seconds);
            var decision = Decide(_live, step);
            if (decision.Refusal is { RetryAt: { } retryAt }) retryAt.ShouldBeGreaterThan(_now);
            if (decision.Refusal is not null && step.Act is not Act.GuessWrong) decision.Events.ShouldBeEmpty();

            var before = _live;
            _live = decision.Events.Aggregate(_live, (user, @event) => user.Evolve(@event));
            _log.AddRange(decision.Events);
            if (decision.Refusal is null && step.Act is not Act.Revoke) Decide(_live, step).Events.ShouldBeEmpty();

            foreach (var @event in decision.Events) ShouldBeAllowed(before, @event);
            _live.Squares.Length.ShouldBeLessThanOrEqualTo(Squares);
            _live.Squares.Select(square => square.Connection).ShouldBeUnique();
        }

        public void FoldedAnewShouldBeTheSame() =>
            PropertyChecks.InFull(_log.Aggregate(User.Initial, (user, @event) => user.Evolve(@event))).ShouldBe(PropertyChecks.InFull(_live));

        private void ShouldBeAllowed(User before, IDomainEvent @event)
        {
            switch (@event)
            {
                case VerificationCodeIssued issued:
                    var sent = _log.OfType<VerificationCodeIssued>().ToList();
                    sent.Count(code => code.At > _now - TimeSpan.FromDays(1)).ShouldBeLessThanOrEqualTo(10);
                    sent.Count(code => code.Attempt == issued.Attempt).ShouldBeLessThanOrEqualTo(5);
                    break;
                case UserVerified verified:
                    verified.Epoch.ShouldBe(before.Epoch + 1);
                    verified.MailboxKey.ShouldBe(_log.OfType<UserVerified>().First().MailboxKey);
                    _log.OfType<UserVerified>().Count(other => other.Attempt == verified.Attempt).ShouldBe(1);
                    var code = _log.OfType<VerificationCodeIssued>().Last(code => code.Attempt == verified.Attempt);
                    (_now - code.At).ShouldBeLessThan(TimeSpan.FromMinutes(10));
                    MissesSince(code).ShouldBeLessThan(5);
                    break;
                case SquareTaken taken:
                    (before.SquareFor(taken.Connection)?.ConnectionVersion ?? -1).ShouldBeLessThan(taken.ConnectionVersion);
                    break;
                case WrongCodeEntered missed:
                    MissesSince(_log.OfType<VerificationCodeIssued>().Last(code => code.Attempt == missed.Attempt)).ShouldBeLessThanOrEqualTo(5);
                    break;
            }
        }

        private int MissesSince(VerificationCodeIssued code) =>
            _log.Skip(_log.LastIndexOf(code)).OfType<WrongCodeEntered>().Count(missed => missed.Attempt == code.Attempt);

        private Decision Decide(User user, Step step)
        {
            var attempt = new Guid(step.Number, 0, 0, new byte[8]);
            var connection = new ConnectionId(attempt);
            return step.Act switch
            {
                // An attempt is begun once: its id comes of the command that began it.
                Act.Request when _log.OfType<RegistrationRequested>().Any(begun => begun.Attempt == attempt) => Decision.Nothing,
                Act.Request => RegistrationDecider.Request(
                    user, Ann, attempt, PersonName.TryMake("Ann", "")!, "+15005550001", "right", new RegistrationRules(), _now),
                Act.Resend => RegistrationDecider.Resend(user, attempt, "right", new RegistrationRules(), _now),
                Act.GuessRight => RegistrationDecider.Verify(user, attempt, "right", $"key made {_log.Count}", _now),
                Act.GuessWrong => RegistrationDecider.Verify(user, attempt, "wrong", "key", _now),
                Act.Revoke => UserDecider.RevokeTokens(user, _now),
                Act.Take => SquareDecider.Take(user, connection, step.Seconds % 10, Squares, _now),
                Act.Free => SquareDecider.Free(user, connection, _now),
                _ => throw new ArgumentOutOfRangeException(nameof(step)),
            };
        }
    }
}
