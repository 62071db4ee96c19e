using System.Text.Json.Serialization;
using Cqrs.Domain.Connections;

namespace Cqrs.Api.Endpoints;

// The bodies of the HTTP contract. Those of requests have nullable fields: what is missing is told by name.

public sealed record RegistrationRequest(string? FirstName, string? LastName, string? Phone, string? Region);

/// <param name="Phone">The completed number, E.164.</param>
public sealed record RegistrationResponse(string RegistrationId, string Phone, DateTimeOffset ExpiresAt, DateTimeOffset ResendAt);

public sealed record VerifyRequest(string? Code);

public sealed record VerifyResponse(Guid UserId, string AuthToken, string MailboxKey);

public sealed record SquaresResponse(int Used, int Of);

public sealed record MeResponse(Guid UserId, string FirstName, string LastName, string Phone, DateTimeOffset VerifiedAt, SquaresResponse Squares);

public sealed record InviteRequest(string? FirstName, string? LastName, string? Phone);

public sealed record InviteResponse(
    Guid ConnectionId, ConnectionView State, bool InviteeHasApp, string Phone, string? Link, string? SmsText);

public sealed record StepResponse(Guid ConnectionId, ConnectionView State);

/// <param name="Half">The other side's half of the mailbox names, 43 characters.</param>
/// <param name="UserKey">How the notification server knows him, 22 characters.</param>
public sealed record PeerResponse(string Half, string UserKey);

public sealed record ConnectionResponse(
    Guid ConnectionId, ConnectionView State, string FirstName, string LastName, string Phone, DateTimeOffset Since, PeerResponse? Peer);

public sealed record ConnectionsResponse(long Version, SquaresResponse Squares, IReadOnlyList<ConnectionResponse> Connections);

public sealed record DeviceRequest(string? Token);

/// <param name="To">User key of a peer of the ticket.</param>
public sealed record NotificationRequest(string? To, string? Kind, IReadOnlyDictionary<string, string?>? Data);

/// <param name="Channel"><c>sms</c> or <c>push</c>.</param>
/// <param name="Data">What the app is given with a push.</param>
public sealed record OutboxResponse(
    DateTimeOffset At, string Channel, string To, string Text, IReadOnlyDictionary<string, string>? Data = null);

/// <param name="Status"><c>ready</c> or <c>not-ready</c>.</param>
public sealed record HealthResponse(string Status, IReadOnlyDictionary<string, DependencyHealth> Dependencies);

/// <param name="Position">How far it has come, where it follows the log.</param>
/// <param name="Detail">What is wrong, where something is.</param>
public sealed record DependencyHealth(string Status, long? Position = null, string? Detail = null);

[JsonSerializable(typeof(RegistrationRequest))]
[JsonSerializable(typeof(RegistrationResponse))]
[JsonSerializable(typeof(VerifyRequest))]
[JsonSerializable(typeof(VerifyResponse))]
[JsonSerializable(typeof(MeResponse))]
[JsonSerializable(typeof(InviteRequest))]
[JsonSerializable(typeof(InviteResponse))]
[JsonSerializable(typeof(StepResponse))]
[JsonSerializable(typeof(ConnectionsResponse))]
[JsonSerializable(typeof(DeviceRequest))]
[JsonSerializable(typeof(NotificationRequest))]
[JsonSerializable(typeof(VendingResponse))]
[JsonSerializable(typeof(MailboxesResponse))]
[JsonSerializable(typeof(MailboxRequest))]
[JsonSerializable(typeof(UploadRequest))]
[JsonSerializable(typeof(UploadResponse))]
[JsonSerializable(typeof(IReadOnlyList<OutboxResponse>))]
[JsonSerializable(typeof(HealthResponse))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(ViewConverter)])]
internal sealed partial class ContractJson : JsonSerializerContext;

/// <summary>States go out in lower case: <c>inviting</c>, <c>invited</c>, <c>connected</c>, <c>rejected</c>, <c>contact</c>, <c>none</c>.</summary>
internal sealed class ViewConverter() : JsonStringEnumConverter<ConnectionView>(System.Text.Json.JsonNamingPolicy.CamelCase);
