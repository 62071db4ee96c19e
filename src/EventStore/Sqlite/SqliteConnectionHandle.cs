using System.Diagnostics;
using Cqrs.EventStore.Log;
using SQLitePCL;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// One connection to a SQLite file, and the only place that calls the native library besides <see cref="Statement"/>.
/// Used by one thread at a time: SQLite's own locks are switched off.
/// </summary>
public sealed class SqliteConnectionHandle : IDisposable
{
    // https://www.sqlite.org/c3ref/c_dbstatus_options.html
    private const int CacheWriteStatus = 9;

    private readonly sqlite3 _handle;
    private readonly ErrorOf _error;
    private readonly List<Statement> _statements = [];

    // SQLite calls it for as long as the connection is open.
    private delegate_progress? _progress;

    // https://www.sqlite.org/c3ref/c_dbconfig_defensive.html
    private const int StablePlans = 1007;

    static SqliteConnectionHandle()
    {
        Batteries_V2.Init();

        // SQLite's count of its memory is not used, and counting takes a lock for each allocation. SQLite refuses the setting
        // when it is in use already, which does no harm.
        raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    private SqliteConnectionHandle(sqlite3 handle, string path, ErrorOf error)
    {
        _handle = handle;
        _error = error;
        Path = path;
    }

    /// <summary>Makes the exception for a failure.</summary>
    /// <param name="result">SQLite's extended result code.</param>
    /// <param name="detail">SQLite's own words.</param>
    public delegate Exception ErrorOf(int result, string detail, string path);

    /// <summary>The database file.</summary>
    public string Path { get; }

    /// <summary>Whether a transaction has been begun and neither committed nor rolled back.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Rows that the newest statement which writes has changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Opens the file, creating it when it is missing.</summary>
    /// <param name="busyTimeout">How long a statement waits for a lock of another connection.</param>
    /// <param name="error">Makes the error for each failure; null for those of the log, <see cref="EventLogException"/>.</param>
    /// <param name="create">False: a file that is missing is a failure.</param>
    public static SqliteConnectionHandle Open(string path, TimeSpan busyTimeout, ErrorOf? error = null, bool create = true)
    {
        SqliteVersion.Require();
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (create ? raw.SQLITE_OPEN_CREATE : 0);
        return Open(path, path, flags, busyTimeout, error);
    }

    /// <summary>Opens a file to read it, where it may lie in a place in which nothing can be written.</summary>
    /// <param name="busyTimeout">How long a statement waits for a lock of another connection.</param>
    /// <param name="error">Makes the error for each failure; null for those of the log, <see cref="EventLogException"/>.</param>
    /// <exception cref="EventLogException">See <see cref="ReadOnlyFile.UriOf"/>.</exception>
    public static SqliteConnectionHandle OpenReadOnly(string path, TimeSpan busyTimeout, ErrorOf? error = null) =>
        OpenUri(ReadOnlyFile.UriOf(path), busyTimeout, error, path);

    /// <summary>Opens a file to read it, as a URI says (https://www.sqlite.org/uri.html).</summary>
    /// <param name="path">What messages call the file; null for the URI.</param>
    internal static SqliteConnectionHandle OpenUri(string uri, TimeSpan busyTimeout, ErrorOf? error = null, string? path = null) =>
        Open(uri, path ?? uri, raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_NOMUTEX | raw.SQLITE_OPEN_URI, busyTimeout, error);

    private static SqliteConnectionHandle Open(string file, string path, int flags, TimeSpan busyTimeout, ErrorOf? error)
    {
        var result = raw.sqlite3_open_v2(file, out var handle, flags, null);
        var connection = new SqliteConnectionHandle(handle, path, error ?? SqliteFailure.Of);
        if (result != raw.SQLITE_OK)
        {
            var failure = connection.Failure(result);
            connection.Dispose();
            throw failure;
        }

        raw.sqlite3_extended_result_codes(handle, 1);

        // Otherwise a statement is compiled anew each time a LIMIT is bound.
        raw.sqlite3_db_config(handle, StablePlans, 1, out _);
        connection.SetBusyTimeout(busyTimeout);
        return connection;
    }

    public void SetBusyTimeout(TimeSpan timeout) =>
        Check(raw.sqlite3_busy_timeout(_handle, (int)timeout.TotalMilliseconds));

    /// <summary>Runs one or more statements that answer nothing of interest.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>
    /// Makes the write-ahead log the journal of the file. While another process does the same, SQLite answers at once that
    /// the file is locked, whatever it was told to wait.
    /// </summary>
    public void UseWriteAheadLog(TimeSpan patience) => Check(UseWriteAheadLog(_handle, patience));

    /// <summary>The same for a connection that was opened elsewhere.</summary>
    /// <returns>SQLite's result code.</returns>
    internal static int UseWriteAheadLog(sqlite3 connection, TimeSpan patience)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var result = raw.sqlite3_exec(connection, "PRAGMA journal_mode = WAL");
            if ((result & 0xff) != raw.SQLITE_BUSY || Stopwatch.GetElapsedTime(start) > patience) return result;
            Thread.Sleep(5);
        }
    }

    /// <summary>Compiles a statement to be run many times.</summary>
    public Statement Prepare(string sql)
    {
        const uint persistent = 1;
        Check(raw.sqlite3_prepare_v3(_handle, sql, persistent, out var statement));
        var prepared = new Statement(this, statement);
        _statements.Add(prepared);
        return prepared;
    }

    /// <summary>The first column of the first row as a number; 0 when there is no row.</summary>
    public long Scalar(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>Pages written since the connection was opened. In WAL mode: frames added to the write-ahead log.</summary>
    public int PagesWritten()
    {
        Check(raw.sqlite3_db_status(_handle, CacheWriteStatus, out var current, out _, 0));
        return current;
    }

    /// <summary>Copies what it can of the write-ahead log into the database without waiting for other connections.</summary>
    /// <returns>Frames that remain to be copied. 0: the next commit may begin the write-ahead log anew.</returns>
    public int CheckpointPassively()
    {
        var result = raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var frames, out var copied);
        if ((result & 0xff) == raw.SQLITE_BUSY) return int.MaxValue;
        Check(result);
        return Math.Max(0, frames - copied);
    }

    /// <summary>Calls back often while a statement takes long; true ends the statement with a failure.</summary>
    internal void OnProgress(Func<bool> isOver)
    {
        const int steps = 10_000;
        _progress = _ => isOver() ? 1 : 0;
        raw.sqlite3_progress_handler(_handle, steps, _progress, null);
    }

    /// <summary>Copies all that this connection sees into another file, so many pages at a time.</summary>
    /// <param name="onBytes">Called with the bytes copied since the last call.</param>
    internal void CopyTo(SqliteConnectionHandle copy, int pagesAtOnce, Action<long> onBytes, CancellationToken cancel)
    {
        using var backup = raw.sqlite3_backup_init(copy._handle, "main", _handle, "main");
        if (backup is null || backup.IsInvalid) throw copy.Failure(raw.sqlite3_errcode(copy._handle));
        var pageSize = Scalar("PRAGMA page_size");
        for (var (result, copied) = (raw.SQLITE_OK, 0); result != raw.SQLITE_DONE;)
        {
            cancel.ThrowIfCancellationRequested();
            result = raw.sqlite3_backup_step(backup, pagesAtOnce);
            if (result is not (raw.SQLITE_OK or raw.SQLITE_DONE)) throw copy.Failure(result);
            var pages = raw.sqlite3_backup_pagecount(backup) - raw.sqlite3_backup_remaining(backup);
            onBytes((pages - copied) * pageSize);
            copied = pages;
        }
    }

    /// <summary>Closes the connection and its statements; the last connection to a file also empties the write-ahead log.</summary>
    public void Dispose()
    {
        // SQLite keeps a connection, and its hold on the file, for as long as it has statements.
        while (_statements.Count > 0) _statements[^1].Dispose();
        _handle.Dispose();
    }

    internal void Forget(Statement statement) => _statements.Remove(statement);

    internal void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw Failure(result);
    }

    internal Exception Failure(int result) => _error(result, raw.sqlite3_errmsg(_handle).utf8_to_string(), Path);
}
