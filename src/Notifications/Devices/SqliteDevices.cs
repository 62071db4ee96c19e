using System.Security.Cryptography;
using System.Text;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Tables;

namespace Cqrs.Notifications.Devices;

/// <summary>
/// The devices in <c>devices.db</c>. A token is sealed under a key of the installation, bound to its place; a keyed hash
/// beside it tells where else the same token lies.
/// </summary>
public sealed class SqliteDevices : IDevices, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SqliteTables _tables;
    private readonly ISystemKeys _keys;
    private readonly TimeProvider _clock;
    private Keys? _ready;

    private SqliteDevices(SqliteTables tables, ISystemKeys keys, TimeProvider clock) => (_tables, _keys, _clock) = (tables, keys, clock);

    public static SqliteDevices Open(string folder, ISystemKeys keys, TimeProvider clock) => new(
        SqliteTables.Open(folder, "devices.db", """
            CREATE TABLE IF NOT EXISTS devices (
                user_key BLOB NOT NULL, platform TEXT NOT NULL, token BLOB NOT NULL, mark BLOB NOT NULL, at INTEGER NOT NULL,
                PRIMARY KEY (user_key, platform)) WITHOUT ROWID;
            CREATE UNIQUE INDEX IF NOT EXISTS devices_by_mark ON devices (mark);
            """),
        keys, clock);

    public async ValueTask SetAsync(UserKey user, Platform platform, string token, CancellationToken cancel = default)
    {
        var keys = await KeysAsync(cancel);
        var (owner, name) = (Blob(user), Platforms.NameOf(platform));
        var (stored, mark) = (keys.Seal.Seal(Encoding.ASCII.GetBytes(token), PlaceOf(owner, name)), MarkOf(keys, name, token));
        lock (_lock)
        {
            using var transaction = _tables.Begin();
            _tables.Run("DELETE FROM devices WHERE mark = $1", mark);
            _tables.Run(
                """
                INSERT INTO devices (user_key, platform, token, mark, at) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (user_key, platform) DO UPDATE SET token = excluded.token, mark = excluded.mark, at = excluded.at
                """,
                owner, name, stored, mark, _clock.GetUtcNow().ToUnixTimeMilliseconds());
            transaction.Commit();
        }
    }

    public ValueTask RemoveAsync(UserKey user, Platform platform, CancellationToken cancel = default)
    {
        lock (_lock) _tables.Run("DELETE FROM devices WHERE user_key = $1 AND platform = $2", Blob(user), Platforms.NameOf(platform));
        return default;
    }

    public async ValueTask<bool> ForgetAsync(UserKey user, Platform platform, string token, CancellationToken cancel = default)
    {
        var name = Platforms.NameOf(platform);
        var mark = MarkOf(await KeysAsync(cancel), name, token);
        lock (_lock)
        {
            if (_tables.Run("DELETE FROM devices WHERE user_key = $1 AND platform = $2 AND mark = $3", Blob(user), name, mark) > 0) return true;
            return _tables.Number("SELECT 1 FROM devices WHERE user_key = $1 AND platform = $2", Blob(user), name) is null;
        }
    }

    public async ValueTask<IReadOnlyList<Device>> OfAsync(UserKey user, CancellationToken cancel = default)
    {
        var keys = await KeysAsync(cancel);
        var owner = Blob(user);
        var devices = new List<Device>();
        lock (_lock)
        {
            using var row = _tables.Query("SELECT platform, token FROM devices WHERE user_key = $1 ORDER BY platform DESC", owner);
            while (row.Read())
            {
                var name = row.GetString(0);
                if (Platforms.Find(name) is not { } platform) continue;
                var token = keys.Seal.TryOpen(row.Blob(1), PlaceOf(owner, name))
                    ?? throw new PersonalDataException(PersonalDataException.Tampered, "A device's token was changed, or sealed for another place.");
                devices.Add(new(platform, Encoding.ASCII.GetString(token)));
            }
        }

        return devices;
    }

    public ValueTask<IReadOnlySet<UserKey>> WithAnyAsync(IReadOnlyCollection<UserKey> users, CancellationToken cancel = default)
    {
        var found = new HashSet<UserKey>();
        lock (_lock)
        {
            // One snapshot for all: to begin one costs more than to look for a user.
            using var snapshot = _tables.BeginToRead();
            foreach (var user in users)
                if (_tables.Number("SELECT 1 FROM devices WHERE user_key = $1 LIMIT 1", Blob(user)) is not null) found.Add(user);
        }

        return new(found);
    }

    public void Dispose()
    {
        lock (_lock) _tables.Dispose();
    }

    private static byte[] Blob(UserKey user)
    {
        var bytes = new byte[UserKey.Size];
        user.Write(bytes);
        return bytes;
    }

    private static byte[] PlaceOf(byte[] user, string platform) => [.. user, .. Encoding.ASCII.GetBytes(platform)];

    private static byte[] MarkOf(Keys keys, string platform, string token) =>
        HMACSHA256.HashData(keys.Mark, Encoding.ASCII.GetBytes($"{platform} {token}"))[..16];

    private async ValueTask<Keys> KeysAsync(CancellationToken cancel) => _ready ??= new(
        new(new(Guid.Empty), (await _keys.GetOrCreateSystemKeyAsync("devices", cancel)).Span),
        (await _keys.GetOrCreateSystemKeyAsync("device-marks", cancel)).ToArray());

    private sealed record Keys(SubjectKey Seal, byte[] Mark);
}
