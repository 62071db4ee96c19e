using Cqrs.Domain.Decisions;

namespace Cqrs.Domain.Connections;

public static class ConnectionRefusals
{
    public static readonly Refusal CannotInviteYourself = new("cannot-invite-yourself", "This is your own number.");

    public static readonly Refusal UnknownConnection = new("unknown-connection", "There is no such connection.");

    public static readonly Refusal AlreadyConnected = new("already-connected", "You are connected already.");

    public static readonly Refusal RejectionUnacknowledged = new(
        "rejection-unacknowledged", "The last invite was rejected. Acknowledge that first.");

    public static readonly Refusal NotInvited = new("not-invited", "There is no invite to you here that is waiting for an answer.");

    public static readonly Refusal NotRejected = new("not-rejected", "There is no rejection here to acknowledge.");

    public static Refusal InviteLimit(DateTimeOffset retryAt) => new(
        "invite-limit", "There were several invites since one between you was rejected; it is too early for another.")
    { RetryAt = retryAt };
}
