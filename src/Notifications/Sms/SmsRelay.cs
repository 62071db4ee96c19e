using Cqrs.Domain.Users;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Notifications.Sms;

/// <summary>
/// Reads from the log which codes are to be sent, and sends them. The log is the outbox: nothing is sent that was not
/// appended, and what was appended is sent, though the process dies between the two. A code that has expired
/// meanwhile, or whose owner was forgotten, goes nowhere.
/// </summary>
public sealed class SmsRelay(
    IEventLog log, EventCodec codec, ISmsSender sender, ICheckpointStore checkpoints, string appName, TimeProvider clock)
{
    public const string Name = "sms-relay";

    private static readonly LogFilter Filter = new() { Types = ["verification-code-issued.v1"] };

    public LogFollower Follower() => new(Name, log, Filter, checkpoints, HandleAsync, clock);

    private async Task HandleAsync(LogPage page, CancellationToken cancel)
    {
        foreach (var recorded in page.Events)
        {
            if ((await codec.DecodeAsync(recorded, cancel)).Event is not VerificationCodeIssued e) continue;
            if (e is not { Code.Text: { } code, Phone.Text: { } phone } || e.ExpiresAt <= clock.GetUtcNow()) continue;
            await sender.SendAsync(new(recorded.Id, phone, $"{code} is your {appName} code. It works once, for 10 minutes."), cancel);
        }
    }
}
