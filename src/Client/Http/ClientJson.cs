using System.Text.Json.Serialization;
using Cqrs.Client.Connections;
using Cqrs.Client.Messaging;
using Cqrs.Client.Notifications;
using Cqrs.Client.Registration;

namespace Cqrs.Client.Http;

/// <summary>The JSON of the contract, written and read by generated code: it works where code is trimmed or compiled ahead.</summary>
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(RegistrationRequest))]
[JsonSerializable(typeof(PendingRegistration))]
[JsonSerializable(typeof(VerifyRequest))]
[JsonSerializable(typeof(VerifyAnswer))]
[JsonSerializable(typeof(Me))]
[JsonSerializable(typeof(InviteRequest))]
[JsonSerializable(typeof(SentInvite))]
[JsonSerializable(typeof(StepAnswer))]
[JsonSerializable(typeof(ConnectionList))]
[JsonSerializable(typeof(VendingAnswer))]
[JsonSerializable(typeof(PollAnswer))]
[JsonSerializable(typeof(MailboxWrite))]
[JsonSerializable(typeof(UploadRequest))]
[JsonSerializable(typeof(UploadAnswer))]
[JsonSerializable(typeof(DeviceRequest))]
[JsonSerializable(typeof(NotificationRequest))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(UserIdConverter), typeof(ConnectionIdConverter), typeof(MailboxKeyConverter), typeof(MailboxHalfConverter),
        typeof(MailboxNameConverter), typeof(UserKeyConverter), typeof(StateConverter), typeof(VideoStatusConverter),
    ])]
internal sealed partial class ClientJson : JsonSerializerContext;
