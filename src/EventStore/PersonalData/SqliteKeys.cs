using System.Collections.Concurrent;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cqrs.EventStore.PersonalData;

/// <summary>
/// Keys in <c>keys.db</c>, a SQLite file apart from the log, each wrapped by a master key. Several processes may use
/// the same file. Reads are answered on the calling thread; writes wait for the disk on a thread of their own.
/// </summary>
public sealed class SqliteKeys : ISubjectKeys, ISystemKeys, IDisposable
{
    public const string FileName = "keys.db";

    private const int RewrapBatch = 500;

    private readonly ConcurrentDictionary<string, byte[]> _systemKeys = new(StringComparer.Ordinal);
    private readonly SubjectKeyCache _cache;
    private readonly KeyReader _reader;
    private readonly KeyWriter _writer;
    private readonly Func<MasterKeys>? _rereadMasters;
    private volatile MasterKeys _masters;

    private SqliteKeys(SubjectKeyCache cache, KeyReader reader, KeyWriter writer, MasterKeys masters, Func<MasterKeys>? rereadMasters) =>
        (_cache, _reader, _writer, _masters, _rereadMasters) = (cache, reader, writer, masters, rereadMasters);

    /// <summary>The master keys in use, and where they come from.</summary>
    public MasterKeys Masters => _masters;

    /// <summary>How often something was made durable; many creations share one.</summary>
    public long Commits => _writer.Commits;

    /// <summary>How many keys are in memory.</summary>
    public int CachedKeys => _cache.Count;

    /// <summary>
    /// Opens <c>keys.db</c>, or only to read it where the folder cannot be written: a copy on a read-only mount. No key can
    /// be made or deleted there.
    /// </summary>
    /// <exception cref="PersonalDataException">As <see cref="Open"/>.</exception>
    public static SqliteKeys OpenOrRead(string folder, MasterKeys masters, SqliteKeysOptions? options = null)
    {
        try
        {
            return Open(folder, masters, options);
        }
        catch (PersonalDataException e) when (e.InnerException is SqliteException { SqliteErrorCode: raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN } && File.Exists(Path.Combine(folder, FileName)))
        {
            return OpenReadOnly(Path.Combine(folder, FileName), masters, options ?? new());
        }
    }

    private static SqliteKeys OpenReadOnly(string path, MasterKeys masters, SqliteKeysOptions options)
    {
        try
        {
            var connection = KeysSchema.OpenReadOnly(path, masters);
            var cache = new SubjectKeyCache(options.CachedKeys);
            var reader = new KeyReader(KeysSchema.OpenReadOnly(path, masters), cache, options.Time, options.NoticeDeletesAfter);
            return new(cache, reader, new KeyWriter(connection), masters, options.RereadMasters);
        }
        catch (Exception failed) when (failed is SqliteException or EventLogException)
        {
            throw Unavailable(failed);
        }
    }

    /// <summary>Opens, or makes, <c>keys.db</c> in the folder.</summary>
    /// <exception cref="PersonalDataException">
    /// It was wrapped by a master key that is not given (<see cref="PersonalDataException.MasterKeyMissing"/>,
    /// <see cref="PersonalDataException.MasterKeyWrong"/>), or cannot be opened.
    /// </exception>
    public static SqliteKeys Open(string folder, MasterKeys masters, SqliteKeysOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(masters);
        options ??= new();
        var path = Path.Combine(folder, FileName);
        SqliteConnection? connection = null;
        try
        {
            Directory.CreateDirectory(folder);
            connection = KeysSchema.Open(path);
            KeysSchema.Create(connection, masters);

            // Whoever died between a delete and its wiping left the rest to us; a reader in the way does no harm yet.
            connection.TryEmptyJournal();
            var cache = new SubjectKeyCache(options.CachedKeys);
            var reader = new KeyReader(KeysSchema.Open(path), cache, options.Time, options.NoticeDeletesAfter);
            return new(cache, reader, new KeyWriter(connection), masters, options.RereadMasters);
        }
        catch (Exception failed) when (failed is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw Unavailable(failed);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    public ValueTask<SubjectKeyLookup> FindAsync(UserId user, CancellationToken cancel = default)
    {
        try
        {
            _reader.NoticeDeletes();
            return new(_cache.TryGet(user, out var known) ? known : WithMasters(masters => _reader.Find(user, masters)));
        }
        catch (SqliteException failed)
        {
            return ValueTask.FromException<SubjectKeyLookup>(Unavailable(failed));
        }
        catch (PersonalDataException failed)
        {
            return ValueTask.FromException<SubjectKeyLookup>(failed);
        }
    }

    public ValueTask<SubjectKeyState> StateAsync(UserId user, CancellationToken cancel = default)
    {
        try
        {
            _reader.NoticeDeletes();
            return new(_cache.TryGet(user, out var known) ? known.State : _reader.FindState(user));
        }
        catch (SqliteException failed)
        {
            return ValueTask.FromException<SubjectKeyState>(Unavailable(failed));
        }
    }

    public ValueTask<SubjectKey> GetOrCreateAsync(UserId user, CancellationToken cancel = default)
    {
        var found = FindAsync(user, cancel);
        if (!found.IsCompletedSuccessfully)
            return new(ThrowAsync(found));

        var lookup = found.Result;
        return lookup.State switch
        {
            SubjectKeyState.Present => new(lookup.Key!),
            SubjectKeyState.Forgotten => ValueTask.FromException<SubjectKey>(new SubjectForgottenException(user)),
            _ => new(CreateAsync(user)),
        };

        static async Task<SubjectKey> ThrowAsync(ValueTask<SubjectKeyLookup> failed) => (await failed).Key!;
    }

    public async Task DeleteAsync(UserId user, CancellationToken cancel = default)
    {
        try
        {
            await _writer.WriteAsync(connection => KeyRows.Forget(connection, user), wipe: true);
        }
        finally
        {
            // Also when the wiping failed, for then the delete itself stands; forgetting a living key only costs a read.
            _reader.Forget(user);
        }
    }

    public ValueTask<ReadOnlyMemory<byte>> GetOrCreateSystemKeyAsync(string name, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _systemKeys.TryGetValue(name, out var key) ? new(key) : new(CreateSystemAsync(name));
    }

    /// <summary>
    /// Wraps every key anew with <paramref name="target"/>. From now on no other master key wraps anything here, in no
    /// process: other processes must have been given the new one beforehand, or find it when they reread. The old one may
    /// be taken away once this has ended. May be repeated after a crash. Keys themselves do not change: nothing sealed
    /// is touched.
    /// </summary>
    /// <param name="onBatch">Called when so many more keys have been seen.</param>
    public async Task RewrapAsync(MasterKey target, Action<int>? onBatch = null, CancellationToken cancel = default)
    {
        var masters = _masters = _masters.WrappingWith(target);
        await _writer.WriteAsync(connection => KeyRows.Retire(connection, masters, target));
        long? after = 0;
        while (after is { } row)
        {
            cancel.ThrowIfCancellationRequested();
            await _writer.WriteAsync(
                connection => after = KeyRows.RewrapUsers(connection, masters, KeyRows.Note(connection, target)!.Value, row, RewrapBatch));
            onBatch?.Invoke(RewrapBatch);
        }

        await _writer.WriteAsync(
            connection =>
            {
                KeyRows.RewrapSystem(connection, masters, KeyRows.Note(connection, target)!.Value);
                KeyRows.DropUnusedMasters(connection);
            },
            wipe: true);
    }

    /// <summary>How many keys are still wrapped by another master key.</summary>
    public long CountWrappedByOthers(MasterKey master) => _reader.CountWrappedByOthers(master);

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        _cache.Clear();
    }

    internal static PersonalDataException Unavailable(Exception inner) =>
        new(
            PersonalDataException.KeysUnavailable,
            inner is SqliteException { SqliteErrorCode: raw.SQLITE_READONLY }
                ? $"{FileName} cannot be written: the file, its folder or its file system is read-only."
                : $"{FileName} cannot be used: {inner.Message}",
            inner);

    private async Task<SubjectKey> CreateAsync(UserId user)
    {
        while (true)
        {
            var master = _masters.Current;
            var wrapped = KeyWrap.WrapNew(master, KeyWrap.BoundToUser(user));
            await _writer.WriteAsync(connection => KeyRows.AddUser(connection, user, master, wrapped));

            // Read back: somebody else may have made it first, or forgotten the user meanwhile.
            var lookup = await FindAsync(user);
            if (lookup.Key is { } key) return key;
            if (lookup.State == SubjectKeyState.Forgotten) throw new SubjectForgottenException(user);
            UseSuccessorOf(master);
        }
    }

    private async Task<ReadOnlyMemory<byte>> CreateSystemAsync(string name)
    {
        while (true)
        {
            if (Find() is { } known)
                return known;

            var master = _masters.Current;
            var wrapped = KeyWrap.WrapNew(master, KeyWrap.BoundToName(name));
            await _writer.WriteAsync(connection => KeyRows.AddSystem(connection, name, master, wrapped));
            if (Find() is { } made)
                return made;

            UseSuccessorOf(master);
        }

        byte[]? Find()
        {
            try
            {
                var key = WithMasters(masters => _reader.FindSystem(name, masters));
                return key is null ? null : _systemKeys.GetOrAdd(name, key);
            }
            catch (SqliteException failed)
            {
                throw Unavailable(failed);
            }
        }
    }

    // Whoever replaces the master key writes it where it is reread before he wraps with it.
    private T WithMasters<T>(Func<MasterKeys, T> find)
    {
        try
        {
            return find(_masters);
        }
        catch (PersonalDataException missing) when (missing.Code == PersonalDataException.MasterKeyMissing && Reread())
        {
            return find(_masters);
        }
    }

    private void UseSuccessorOf(MasterKey retired)
    {
        if (_masters.Current.Id == retired.Id && (!Reread() || _masters.Current.Id == retired.Id))
            throw KeyWrap.Retired(retired.Id);
    }

    private bool Reread()
    {
        if (_rereadMasters is null)
            return false;

        try
        {
            _masters = _rereadMasters();
            return true;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(failed);
        }
    }
}
