namespace Cqrs.Notifications.Sms;

/// <summary>A text message on its way out.</summary>
/// <param name="Id">Derives from the event that asked for it; the same message has the same id however often it is handed over.</param>
/// <param name="To">E.164.</param>
public sealed record SmsMessage(Guid Id, string To, string Text)
{
    public override string ToString() => $"sms {Id}";
}

public enum SmsOutcome
{
    /// <summary>It is on its way.</summary>
    Sent,

    /// <summary>It certainly was not sent, and may be later.</summary>
    NotSent,

    /// <summary>It was not sent and never will be: no such number, say.</summary>
    Refused,
}

/// <summary>Sends text messages.</summary>
public interface ISmsSender
{
    /// <summary>Whether a message whose id was sent before is recognised and not sent again.</summary>
    bool RecognisesRepeats { get; }

    /// <summary>An exception, or no answer in time, leaves open whether it was sent.</summary>
    Task<SmsOutcome> SendAsync(SmsMessage message, CancellationToken cancel);
}
