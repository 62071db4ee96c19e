using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Domain.Squares;

/// <summary>
/// A user's squares. His own pending invites, unacknowledged rejections and connections each take one. A square is
/// reserved before the connection changes and names the version of the connection on whose strength it was taken;
/// whoever frees it must first make sure that nothing can be appended there on that strength any more
/// (docs/decisions/squares.md).
/// </summary>
public static class SquareDecider
{
    public const int DefaultSquares = 8;

    public static readonly Refusal GridFull = new(
        "grid-full", "All squares are in use. Clear one first.");

    /// <summary>
    /// Reserves a square, or renews the reservation; renewing takes no second square. Who comes on the strength of an
    /// older version changes nothing: his append is refused by the connection, and that of the later one needs its square.
    /// </summary>
    public static Decision Take(User user, ConnectionId connection, long connectionVersion, int of, DateTimeOffset at)
    {
        if (!user.IsVerified) return Decision.Refuse(UserRefusals.Unauthorized);
        var held = user.SquareFor(connection);
        if (held?.ConnectionVersion >= connectionVersion) return Decision.Nothing;
        if (held is null && user.Squares.Length >= of) return Decision.Refuse(GridFull);
        return Decision.Of(new SquareTaken(user.Id, connection, connectionVersion, at));
    }

    public static Decision Free(User user, ConnectionId connection, DateTimeOffset at) =>
        user.SquareFor(connection) is null ? Decision.Nothing : Decision.Of(new SquareFreed(user.Id, connection, at));
}
