using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.PersonalData;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.Users;

/// <param name="FirstName">Null when erased; so the others.</param>
/// <param name="SquaresUsed">Squares that are taken now.</param>
public sealed record UserView(
    UserId Id, UserStatus Status, uint Epoch, string? FirstName, string? LastName, string? Phone, DateTimeOffset VerifiedAt, int SquaresUsed)
{
    public override string ToString() => $"user {Id}";
}

/// <summary>Asks the users.</summary>
public sealed class UsersReader : IDisposable
{
    private readonly SqliteReaders _readers;
    private readonly PersonalSealer _sealer;

    public UsersReader(string folder, UsersModel model, PersonalSealer sealer) =>
        (_readers, _sealer) = (new(folder, model.Name), sealer);

    /// <summary>The epoch whose auth tokens are good; null for a user who is unknown, pending or forgotten.</summary>
    public uint? EpochOf(UserId user)
    {
        using var lease = _readers.Rent();
        using var row = lease.Query("SELECT epoch FROM users WHERE id = $1 AND status = 2", user.Blob());
        return row.Read() ? (uint)row.GetInt64(0) : null;
    }

    public async ValueTask<UserView?> FindAsync(UserId user, CancellationToken cancel = default)
    {
        if (Read(user) is not var (view, sealedPerson)) return null;
        var person = await SealedPerson.OpenAsync(_sealer, StreamNames.Of(user), user, sealedPerson, cancel);
        return view with { FirstName = person?.First, LastName = person?.Last, Phone = person?.Phone };
    }

    public void Dispose() => _readers.Dispose();

    private (UserView View, string? Person)? Read(UserId user)
    {
        using var lease = _readers.Rent();
        using var row = lease.Query(
            "SELECT status, epoch, verified_at, person, (SELECT count(*) FROM squares WHERE user = $1) FROM users WHERE id = $1", user.Blob());
        if (!row.Read()) return null;
        var verifiedAt = row.IsDBNull(2) ? default : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2));
        var view = new UserView(
            user, (UserStatus)row.GetInt32(0), (uint)row.GetInt64(1), FirstName: null, LastName: null, Phone: null, verifiedAt, row.GetInt32(4));
        return (view, row.Text(3));
    }
}
