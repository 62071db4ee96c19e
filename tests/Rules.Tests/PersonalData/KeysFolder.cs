using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;
using Microsoft.Data.Sqlite;

namespace Cqrs.Rules.Tests.PersonalData;

/// <summary>A data folder of one test's own.</summary>
internal sealed class KeysFolder : IDisposable
{
    public static readonly MasterKey Master = MasterKey.Parse("first:" + Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray()));

    public static readonly MasterKey NewMaster = MasterKey.Parse("second:" + Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray()));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cqrs-keys-");

    public string Path => _folder.FullName;

    public static MasterKeys Ring(params MasterKey[] keys) => new(MasterKeySource.Configuration, keys);

    public SqliteKeys Open(SqliteKeysOptions? options = null) => SqliteKeys.Open(Path, Ring(Master), options);

    /// <summary>The wrapped bytes as they lie in the file.</summary>
    public byte[] Wrapped(UserId user) => Query("SELECT wrapped FROM subject_keys WHERE user = $user", user);

    public byte[] Query(string sql, UserId user)
    {
        using var connection = new SqliteConnection($"Data Source={System.IO.Path.Combine(Path, SqliteKeys.FileName)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$user", user.Value.ToByteArray(bigEndian: true));
        return (byte[])command.ExecuteScalar()!;
    }

    /// <summary>Until disposed of, nobody else can write keys.db.</summary>
    public IDisposable HoldWriteLock()
    {
        var connection = new SqliteConnection($"Data Source={System.IO.Path.Combine(Path, SqliteKeys.FileName)};Pooling=False");
        connection.Open();
        connection.BeginTransaction(deferred: false);
        return connection;
    }

    /// <summary>Every file in the folder, journals too, as one.</summary>
    public byte[] AllBytes() => [.. _folder.GetFiles().SelectMany(file =>
    {
        using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    })];

    public void Dispose() => _folder.Delete(recursive: true);
}

/// <summary>A clock that moves when told to.</summary>
internal sealed class HandClock : TimeProvider
{
    private long _milliseconds;

    public override long TimestampFrequency => 1000;

    public void Advance(int milliseconds) => Interlocked.Add(ref _milliseconds, milliseconds);

    public override long GetTimestamp() => Interlocked.Read(ref _milliseconds);
}
