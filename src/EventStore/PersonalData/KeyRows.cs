using Cqrs.Domain.Identity;
using Microsoft.Data.Sqlite;

namespace Cqrs.EventStore.PersonalData;

/// <summary>What is written to keys.db, always inside the writer's transaction.</summary>
internal static class KeyRows
{
    public static byte[] Bytes(UserId user)
    {
        var bytes = new byte[16];
        user.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return bytes;
    }

    /// <summary>Notes the master key that is about to wrap something; answers its number, null when it wraps no more.</summary>
    public static long? Note(SqliteConnection connection, MasterKey master)
    {
        Run(
            connection, "INSERT OR IGNORE INTO master_keys (name, proof) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM retired_masters WHERE name = $1)",
            master.Id, master.Proof);
        using var find = Prepared(
            connection, "SELECT id FROM master_keys WHERE name = $1 AND NOT EXISTS (SELECT 1 FROM retired_masters WHERE name = $1)", master.Id);
        return (long?)find.ExecuteScalar();
    }

    /// <summary>From now on only <paramref name="target"/> wraps, whatever other processes have been given.</summary>
    public static void Retire(SqliteConnection connection, MasterKeys masters, MasterKey target)
    {
        Run(connection, "DELETE FROM retired_masters WHERE name = $1", target.Id);
        Run(connection, "INSERT OR IGNORE INTO retired_masters SELECT name FROM master_keys WHERE name <> $1", target.Id);
        foreach (var other in masters.All.Where(other => other.Id != target.Id))
            Run(connection, "INSERT OR IGNORE INTO retired_masters VALUES ($1)", other.Id);
    }

    /// <summary>Does nothing when the user has a key already, or is forgotten, or the master key wraps no more.</summary>
    public static void AddUser(SqliteConnection connection, UserId user, MasterKey master, byte[] wrapped)
    {
        if (Note(connection, master) is not { } id)
            return;

        Run(
            connection,
            """
            INSERT INTO subject_keys (user, master, wrapped)
            SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM forgotten WHERE user = $1)
            ON CONFLICT (user) DO NOTHING
            """,
            Bytes(user), id, wrapped);
    }

    /// <summary>Does nothing when the key is there already, or the master key wraps no more.</summary>
    public static void AddSystem(SqliteConnection connection, string name, MasterKey master, byte[] wrapped)
    {
        if (Note(connection, master) is { } id)
            Run(connection, "INSERT INTO system_keys (name, master, wrapped) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING", name, id, wrapped);
    }

    public static void Forget(SqliteConnection connection, UserId user)
    {
        Run(connection, "INSERT INTO forgotten (user) VALUES ($1) ON CONFLICT (user) DO NOTHING", Bytes(user));
        Run(connection, "UPDATE subject_keys SET wrapped = zeroblob(length(wrapped)) WHERE user = $1", Bytes(user));
    }

    /// <summary>Wraps up to <paramref name="count"/> keys after the given row anew; answers the last row seen, null at the end.</summary>
    public static long? RewrapUsers(SqliteConnection connection, MasterKeys masters, long target, long after, int count)
    {
        long? last = null;
        foreach (var (row, user, wrapped, master, forgotten) in ReadUsers(connection, after, count))
        {
            last = row;
            if (master.Id == target)
                continue;

            byte[] anew;
            if (forgotten)
                anew = new byte[wrapped.Length];
            else
                anew = Rewrap(masters, master.Name, KeyWrap.BoundToUser(new(new Guid(user, bigEndian: true))), wrapped);

            Run(connection, "UPDATE subject_keys SET master = $1, wrapped = $2 WHERE id = $3", target, anew, row);
        }

        return last;
    }

    public static void RewrapSystem(SqliteConnection connection, MasterKeys masters, long target)
    {
        var rows = new List<(long Row, string Name, byte[] Wrapped, string Master)>();
        using (var select = Prepared(
            connection,
            "SELECT s.id, s.name, s.wrapped, m.name FROM system_keys s JOIN master_keys m ON m.id = s.master WHERE m.id <> $1", target))
        using (var reader = select.ExecuteReader())
        {
            while (reader.Read())
                rows.Add((reader.GetInt64(0), reader.GetString(1), (byte[])reader[2], reader.GetString(3)));
        }

        foreach (var (row, name, wrapped, master) in rows)
        {
            Run(
                connection, "UPDATE system_keys SET master = $1, wrapped = $2 WHERE id = $3",
                target, Rewrap(masters, master, KeyWrap.BoundToName(name), wrapped), row);
        }
    }

    public static void DropUnusedMasters(SqliteConnection connection) => Run(
        connection, "DELETE FROM master_keys WHERE id NOT IN (SELECT master FROM subject_keys UNION SELECT master FROM system_keys)");

    private static byte[] Rewrap(MasterKeys masters, string master, byte[] boundTo, byte[] wrapped)
    {
        Span<byte> key = stackalloc byte[SubjectKey.Size];
        KeyWrap.Unwrap(masters, master, boundTo, wrapped, key);
        var anew = KeyWrap.Wrap(masters.Current, boundTo, key);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(key);
        return anew;
    }

    private static List<(long Row, byte[] User, byte[] Wrapped, (long Id, string Name) Master, bool Forgotten)> ReadUsers(
        SqliteConnection connection, long after, int count)
    {
        using var select = Prepared(
            connection,
            """
            SELECT s.id, s.user, s.wrapped, m.id, m.name, EXISTS (SELECT 1 FROM forgotten f WHERE f.user = s.user)
            FROM subject_keys s JOIN master_keys m ON m.id = s.master
            WHERE s.id > $1 ORDER BY s.id LIMIT $2
            """,
            after, count);
        using var reader = select.ExecuteReader();
        var rows = new List<(long, byte[], byte[], (long, string), bool)>();
        while (reader.Read())
        {
            rows.Add((
                reader.GetInt64(0), (byte[])reader[1], (byte[])reader[2], (reader.GetInt64(3), reader.GetString(4)), reader.GetBoolean(5)));
        }

        return rows;
    }

    private static void Run(SqliteConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Prepared(connection, sql, values);
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Prepared(SqliteConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue($"${i + 1}", values[i]);

        return command;
    }
}
