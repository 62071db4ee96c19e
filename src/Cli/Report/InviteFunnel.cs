using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Cli.Report;

/// <summary>What can come of an invite, in the order of the way.</summary>
internal enum InviteStep
{
    LinkOpened,
    Registered,
    Seen,
    Accepted,
    Rejected,
}

/// <summary>The invites sent in one period, and what came of them.</summary>
internal sealed class InviteCohort
{
    public long Invited { get; set; }

    /// <summary>Of them, those whose invitee had no app then.</summary>
    public long WithoutApp { get; set; }

    public long Cancelled { get; set; }

    /// <summary>One side left before the answer.</summary>
    public long Forgotten { get; set; }

    /// <summary>How long each step took from the one before it; also how many took it.</summary>
    public IReadOnlyDictionary<InviteStep, DurationSketch> Steps { get; } = Enum.GetValues<InviteStep>().ToDictionary(step => step, _ => new DurationSketch());

    /// <summary>Those that wait for an answer.</summary>
    public long Open => Invited - Steps[InviteStep.Accepted].Count - Steps[InviteStep.Rejected].Count - Cancelled - Forgotten;

    public void Add(InviteCohort other)
    {
        Invited += other.Invited;
        WithoutApp += other.WithoutApp;
        Cancelled += other.Cancelled;
        Forgotten += other.Forgotten;
        foreach (var (step, durations) in other.Steps) Steps[step].Add(durations);
    }
}

/// <summary>
/// Follows each invite from its sending to its end. What it keeps grows with the invites that are open and the people who
/// have not registered, not with the log.
/// </summary>
/// <param name="periodOf">The period of an invite, by the time at which it was sent; null for one that does not count.</param>
internal sealed class InviteFunnel(Func<DateTimeOffset, string?> periodOf)
{
    /// <summary>The events that matter.</summary>
    public static readonly IReadOnlyList<string> EventTypes =
    [
        "user-invited.v1", "registration-requested.v1", "user-verified.v1", "user-forgotten.v1", "invite-sent.v1", "invite-link-opened.v1",
        "invite-seen.v1", "invite-accepted.v1", "invite-rejected.v1", "invite-cancelled.v1", "party-forgotten.v1",
    ];

    private readonly SortedDictionary<string, InviteCohort> _cohorts = new(StringComparer.Ordinal);
    private readonly Dictionary<ConnectionId, OpenInvite> _open = [];

    // Who was named and has not registered yet, with the invites that wait for him.
    private readonly Dictionary<UserId, List<ConnectionId>> _pending = [];

    /// <summary>By period, the earliest first.</summary>
    public IReadOnlyDictionary<string, InviteCohort> Cohorts => _cohorts;

    /// <summary>Adds the next event in the order of the log.</summary>
    /// <param name="version">Its number in its stream: with a registration as number 0 somebody new begins.</param>
    public void Add(IDomainEvent @event, long version)
    {
        switch (@event)
        {
            case UserInvited e:
                _pending.TryAdd(e.User, []);
                break;
            case RegistrationRequested e when version == 0:
                _pending.TryAdd(e.User, []);
                break;
            case UserVerified e:
                Register(e);
                break;
            case UserForgotten e:
                _pending.Remove(e.User);
                break;
            case InviteSent e:
                Send(e);
                break;
            case InviteLinkOpened e:
                Step(e.Connection, InviteStep.LinkOpened, e.At);
                break;
            case InviteSeen e:
                Step(e.Connection, InviteStep.Seen, e.At);
                break;
            case InviteAccepted e:
                Step(e.Connection, InviteStep.Accepted, e.At);
                _open.Remove(e.Connection);
                break;
            case InviteRejected e:
                Step(e.Connection, InviteStep.Rejected, e.At);
                _open.Remove(e.Connection);
                break;
            case InviteCancelled e:
                if (_open.Remove(e.Connection, out var cancelled)) cancelled.Cohort.Cancelled++;
                break;
            case PartyForgotten e:
                if (_open.Remove(e.Connection, out var forgotten)) forgotten.Cohort.Forgotten++;
                break;
        }
    }

    private void Send(InviteSent e)
    {
        if (periodOf(e.At) is not { } period) return;
        if (!_cohorts.TryGetValue(period, out var cohort)) _cohorts[period] = cohort = new();
        cohort.Invited++;
        _open[e.Connection] = new(cohort, e.At);
        if (!_pending.TryGetValue(e.Invitee, out var waiting)) return;
        cohort.WithoutApp++;
        waiting.Add(e.Connection);
    }

    private void Register(UserVerified e)
    {
        if (!_pending.Remove(e.User, out var waiting)) return;
        foreach (var connection in waiting) Step(connection, InviteStep.Registered, e.At);
    }

    private void Step(ConnectionId connection, InviteStep step, DateTimeOffset at)
    {
        if (!_open.TryGetValue(connection, out var invite) || !invite.Taken.Add(step)) return;
        invite.Cohort.Steps[step].Add(at - invite.Last);
        invite.Last = at;
    }

    private sealed class OpenInvite(InviteCohort cohort, DateTimeOffset sent)
    {
        public InviteCohort Cohort { get; } = cohort;

        /// <summary>When its last step was taken.</summary>
        public DateTimeOffset Last { get; set; } = sent;

        public HashSet<InviteStep> Taken { get; } = [];
    }
}
