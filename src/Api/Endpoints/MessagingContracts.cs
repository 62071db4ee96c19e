namespace Cqrs.Api.Endpoints;

// The bodies of vending, mailboxes and videos. Times of videos are Unix ms: they are names, too.

/// <param name="Out">The mailbox that one writes, 22 characters.</param>
/// <param name="In">The mailbox that one reads, 22 characters.</param>
/// <param name="Peer">The other side's user key, 22 characters.</param>
public sealed record GrantResponse(Guid ConnectionId, string Out, string In, string Peer);

public sealed record VendingResponse(string Ticket, DateTimeOffset ExpiresAt, IReadOnlyList<GrantResponse> Grants);

/// <param name="Bit">Whether the list of connections has changed since it was fetched.</param>
/// <param name="Version">Which version of the list the bit stands for.</param>
public sealed record ChangedResponse(bool Bit, long Version);

/// <param name="Status"><c>downloaded</c> or <c>viewed</c>.</param>
public sealed record SeenResponse(long Video, string Status);

public sealed record MailboxResponse(string Name, long? Video, SeenResponse? Seen);

/// <summary>Written by <see cref="PollBody"/>.</summary>
public sealed record MailboxesResponse(ChangedResponse Changed, IReadOnlyList<MailboxResponse> In);

public sealed record SeenRequest(long? Video, string? Status);

public sealed record MailboxRequest(long? Video, SeenRequest? Seen);

/// <param name="Length">Bytes.</param>
public sealed record UploadRequest(long? Video, string? ContentType, long? Length);

public sealed record UploadResponse(string Url, string Method, IReadOnlyDictionary<string, string> Headers, DateTimeOffset ExpiresAt);
