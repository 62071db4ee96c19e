using Cqrs.EventStore.Log;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Relays;

/// <summary>Codes, to be sent by SMS. Nothing is read but the place of the event: the code stays where it is sealed.</summary>
public sealed class RelayedCodes : IRelayed
{
    public const string RelayName = "sms-relay";

    public string Name => RelayName;

    public LogFilter Filter { get; } = new() { Types = ["verification-code-issued.v1"] };

    public ValueTask<IReadOnlyList<IMessage>> MessagesOfAsync(IReadOnlyList<RecordedEvent> events, CancellationToken cancel) =>
        new([.. events.Select(recorded => new SendSms(MessageIds.Of(recorded.Id, "sms"), recorded.Stream, recorded.Version, recorded.Id))]);
}
