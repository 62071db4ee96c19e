using Cqrs.Domain.Identity;
using Microsoft.Data.Sqlite;

namespace Cqrs.EventStore.PersonalData;

/// <summary>
/// The reading side of keys.db: one connection, one reader at a time, each for the few microseconds of a point read.
/// Reading and remembering are one step, as are noticing a delete and forgetting: thus no key that is already deleted
/// can slip into the cache behind the delete's back.
/// </summary>
internal sealed class KeyReader : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SubjectKeyCache _cache;
    private readonly TimeProvider _time;
    private readonly TimeSpan _noticeAfter;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _findUser;
    private readonly SqliteCommand _findState;
    private readonly SqliteCommand _findSystem;
    private readonly SqliteCommand _version;
    private readonly SqliteCommand _newlyForgotten;
    private long _seenVersion = -1;
    private long _seenForgotten;
    private long _lookedAt;

    public KeyReader(SqliteConnection connection, SubjectKeyCache cache, TimeProvider time, TimeSpan noticeAfter)
    {
        (_cache, _time, _noticeAfter) = (cache, time, noticeAfter);
        _connection = connection;
        _findUser = _connection.Prepare(
            """
            SELECT EXISTS (SELECT 1 FROM forgotten WHERE user = $user), s.wrapped, m.name
            FROM (SELECT 1) LEFT JOIN subject_keys s ON s.user = $user LEFT JOIN master_keys m ON m.id = s.master
            """,
            "$user");
        _findState = _connection.Prepare(
            "SELECT EXISTS (SELECT 1 FROM forgotten WHERE user = $user), EXISTS (SELECT 1 FROM subject_keys WHERE user = $user)", "$user");
        _findSystem = _connection.Prepare(
            "SELECT s.wrapped, m.name FROM system_keys s LEFT JOIN master_keys m ON m.id = s.master WHERE s.name = $name", "$name");
        _version = _connection.Prepare("PRAGMA data_version");
        _newlyForgotten = _connection.Prepare("SELECT id, user FROM forgotten WHERE id > $seen ORDER BY id", "$seen");
        _lookedAt = time.GetTimestamp();
    }

    /// <summary>Every now and then asks whether another process deleted keys, and forgets those.</summary>
    public void NoticeDeletes()
    {
        // Whoever finds the gate shut leaves it to the one inside, or to the next.
        if (_time.GetElapsedTime(Volatile.Read(ref _lookedAt)) < _noticeAfter || !_gate.TryEnter())
            return;

        try
        {
            LookForDeletes();
        }
        finally
        {
            _gate.Exit();
        }
    }

    public SubjectKeyLookup Find(UserId user, MasterKeys masters)
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_lookedAt) >= _noticeAfter)
                LookForDeletes();

            if (_cache.TryGet(user, out var known))
                return known;

            _findUser.Parameters[0].Value = KeyRows.Bytes(user);
            using var row = _findUser.ExecuteReader();
            row.Read();
            var lookup = row.GetInt64(0) != 0 ? SubjectKeyLookup.Forgotten
                : row.IsDBNull(1) ? default
                : SubjectKeyLookup.Of(Unwrap(user, masters, row.GetString(2), (byte[])row[1]));
            if (lookup.State != SubjectKeyState.NeverMade)
                _cache.Add(user, lookup);

            return lookup;
        }
    }

    /// <summary>Looks without unwrapping or keeping anything.</summary>
    public SubjectKeyState FindState(UserId user)
    {
        lock (_gate)
        {
            _findState.Parameters[0].Value = KeyRows.Bytes(user);
            using var row = _findState.ExecuteReader();
            row.Read();
            return row.GetInt64(0) != 0 ? SubjectKeyState.Forgotten
                : row.GetInt64(1) != 0 ? SubjectKeyState.Present
                : SubjectKeyState.NeverMade;
        }
    }

    public byte[]? FindSystem(string name, MasterKeys masters)
    {
        lock (_gate)
        {
            _findSystem.Parameters[0].Value = name;
            using var row = _findSystem.ExecuteReader();
            if (!row.Read())
                return null;

            var key = new byte[SubjectKey.Size];
            KeyWrap.Unwrap(masters, row.GetString(1), KeyWrap.BoundToName(name), (byte[])row[0], key);
            return key;
        }
    }

    /// <summary>How many keys are wrapped by another master key.</summary>
    public long CountWrappedByOthers(MasterKey master)
    {
        lock (_gate)
        {
            using var count = _connection.Prepare(
                """
                SELECT (SELECT count(*) FROM subject_keys s WHERE s.master IS NOT m.id) + (SELECT count(*) FROM system_keys s WHERE s.master IS NOT m.id)
                FROM (SELECT 1) LEFT JOIN master_keys m ON m.name = $name
                """,
                "$name");
            count.Parameters[0].Value = master.Id;
            return (long)count.ExecuteScalar()!;
        }
    }

    /// <summary>After a delete of our own has been committed.</summary>
    public void Forget(UserId user)
    {
        lock (_gate)
            _cache.Forget(user);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _findUser.Dispose();
            _findState.Dispose();
            _findSystem.Dispose();
            _version.Dispose();
            _newlyForgotten.Dispose();
            _connection.Dispose();
        }
    }

    // data_version changes whenever another connection has committed; asking for it touches no table.
    private void LookForDeletes()
    {
        var version = (long)_version.ExecuteScalar()!;
        if (version != _seenVersion)
        {
            _newlyForgotten.Parameters[0].Value = _seenForgotten;
            using var rows = _newlyForgotten.ExecuteReader();
            while (rows.Read())
            {
                _seenForgotten = rows.GetInt64(0);
                _cache.Forget(new(new Guid((byte[])rows[1], bigEndian: true)));
            }

            _seenVersion = version;
        }

        Volatile.Write(ref _lookedAt, _time.GetTimestamp());
    }

    private static SubjectKey Unwrap(UserId user, MasterKeys masters, string masterId, byte[] wrapped)
    {
        Span<byte> key = stackalloc byte[SubjectKey.Size];
        KeyWrap.Unwrap(masters, masterId, KeyWrap.BoundToUser(user), wrapped, key);
        var ready = new SubjectKey(user, key);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(key);
        return ready;
    }
}
