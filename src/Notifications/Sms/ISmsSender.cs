namespace Cqrs.Notifications.Sms;

/// <summary>A text message on its way out.</summary>
/// <param name="Id">Derives from the event that asked for it; the same message has the same id however often it is handed over.</param>
/// <param name="To">E.164.</param>
public sealed record SmsMessage(Guid Id, string To, string Text)
{
    public override string ToString() => $"sms {Id}";
}

/// <summary>Sends text messages. A message whose id was sent before is not sent again.</summary>
public interface ISmsSender
{
    Task SendAsync(SmsMessage message, CancellationToken cancel);
}
