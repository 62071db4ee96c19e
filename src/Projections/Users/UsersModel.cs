using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.Users;

/// <summary>The users: what <c>GET /me</c> shows, and the epoch whose auth tokens are good.</summary>
public sealed class UsersModel : ISqliteModel
{
    public string Name => "users";

    public LogFilter Filter { get; } = new()
    {
        Types =
        [
            "user-invited.v1", "registration-requested.v1", "user-verified.v1", "tokens-revoked.v1",
            "square-taken.v1", "square-freed.v1", "user-forgotten.v1",
        ],
    };

    public string Schema => """
        CREATE TABLE IF NOT EXISTS users (
            id BLOB PRIMARY KEY, status INTEGER NOT NULL, epoch INTEGER NOT NULL DEFAULT 0, verified_at INTEGER, person TEXT) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS squares (
            user BLOB NOT NULL, connection BLOB NOT NULL, PRIMARY KEY (user, connection)) WITHOUT ROWID;
        """;

    public IReadOnlyList<PersonalColumn> Personal { get; } = [new("users", "person", "id")];

    public void Apply(SqliteTables write, ProjectedEvent projected)
    {
        switch (projected.Event)
        {
            case UserInvited e:
                AddPending(write, e.User);
                break;
            case RegistrationRequested e:
                AddPending(write, e.User);
                break;
            case UserVerified e:
                var person = new SealedPerson(e.FirstName.Text, e.LastName.Text, e.Phone.Text);
                write.Run(
                    """
                    INSERT INTO users (id, status, epoch, verified_at, person) VALUES ($1, $2, $3, $4, $5)
                    ON CONFLICT (id) DO UPDATE SET
                        status = excluded.status, epoch = excluded.epoch, verified_at = excluded.verified_at, person = excluded.person
                    """,
                    e.User.Blob(), (int)UserStatus.Verified, e.Epoch, e.At.ToUnixTimeMilliseconds(),
                    person.Text);
                break;
            case TokensRevoked e:
                write.Run("UPDATE users SET epoch = $2 WHERE id = $1", e.User.Blob(), e.Epoch);
                break;
            case SquareTaken e:
                write.Run("INSERT INTO squares (user, connection) VALUES ($1, $2) ON CONFLICT DO NOTHING", e.User.Blob(), e.Connection.Blob());
                break;
            case SquareFreed e:
                write.Run("DELETE FROM squares WHERE user = $1 AND connection = $2", e.User.Blob(), e.Connection.Blob());
                break;
            case UserForgotten e:
                write.Run("UPDATE users SET status = $2, person = NULL WHERE id = $1", e.User.Blob(), (int)UserStatus.Forgotten);
                write.Run("DELETE FROM squares WHERE user = $1", e.User.Blob());
                break;
        }
    }

    private static void AddPending(SqliteTables write, UserId user) =>
        write.Run("INSERT INTO users (id, status) VALUES ($1, $2) ON CONFLICT DO NOTHING", user.Blob(), (int)UserStatus.Pending);
}
