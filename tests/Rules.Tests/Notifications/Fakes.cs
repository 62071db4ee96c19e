using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Log;
using Cqrs.Notifications.Messages;
using Cqrs.Notifications.Push;
using Cqrs.Notifications.Relays;
using Cqrs.Notifications.Sms;

namespace Cqrs.Rules.Tests.Notifications;

/// <summary>A clock that is set by hand; whoever waits by it waits as by any other.</summary>
internal sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>Sends nothing and remembers all of it.</summary>
internal sealed class FakeSms : ISmsSender
{
    private readonly HashSet<Guid> _known = [];

    public bool RecognisesRepeats { get; set; }

    public Func<SmsMessage, SmsOutcome> Answer { get; set; } = _ => SmsOutcome.Sent;

    /// <summary>How often it was asked.</summary>
    public int Asked { get; private set; }

    /// <summary>What went out into the world.</summary>
    public List<SmsMessage> Sent { get; } = [];

    public Task<SmsOutcome> SendAsync(SmsMessage message, CancellationToken cancel)
    {
        Asked++;
        var answer = Answer(message);
        if (answer is SmsOutcome.Sent && (_known.Add(message.Id) || !RecognisesRepeats)) Sent.Add(message);
        return Task.FromResult(answer);
    }
}

internal sealed class FakePush : IPushSender
{
    public Func<PushNotification, PushOutcome> Answer { get; set; } = _ => PushOutcome.Sent;

    public List<PushNotification> Sent { get; } = [];

    public Task<PushOutcome> SendAsync(PushNotification push, CancellationToken cancel)
    {
        var answer = Answer(push);
        if (answer is PushOutcome.Sent) Sent.Add(push);
        return Task.FromResult(answer);
    }
}

/// <summary>Keeps what it is given until somebody takes it.</summary>
internal sealed class FakeBus : IMessageBus
{
    public bool ForgetsAtTheEnd => true;

    public bool IsDown { get; set; }

    public Queue<IMessage> Queue { get; } = [];

    /// <summary>All that it ever carried.</summary>
    public List<IMessage> Carried { get; } = [];

    public Task SendAsync(IMessage message, CancellationToken cancel)
    {
        if (IsDown) return Task.FromException(new IOException("the broker is down"));
        Queue.Enqueue(message);
        Carried.Add(message);
        return Task.CompletedTask;
    }
}

/// <summary>Users and their keys; those who are not in it have no app.</summary>
internal sealed class FakePeople : IWhoIsWho
{
    public Dictionary<UserId, UserKey> Keys { get; } = [];

    public List<PendingInvite> Invites { get; } = [];

    public List<LogPosition> Asked { get; } = [];

    public ValueTask<IReadOnlyDictionary<UserId, UserKey>> KeysOfAsync(
        IReadOnlyCollection<UserId> users, LogPosition atLeast, CancellationToken cancel)
    {
        Asked.Add(atLeast);
        return new(Keys.Where(known => users.Contains(known.Key)).ToDictionary());
    }

    public ValueTask<IReadOnlyList<PendingInvite>> InvitesToAsync(UserId user, LogPosition atLeast, CancellationToken cancel)
    {
        Asked.Add(atLeast);
        return new(Invites.ToList());
    }
}
