using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>The file of a log, and how connections to it are set up.</summary>
internal sealed class LogFile
{
    private static readonly TimeSpan ShortLocks = TimeSpan.FromSeconds(10);

    private readonly SqliteEventLogOptions _options;

    private LogFile(string path, SqliteEventLogOptions options)
    {
        Path = path;
        _options = options;
    }

    public string Path { get; }

    /// <summary>Creates folder and file when absent, readable by their owner alone.</summary>
    public static LogFile In(string folder, SqliteEventLogOptions options)
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(folder), Schema.FileName);
        if (options.IsReadOnly)
        {
            using var reader = SqliteConnectionHandle.OpenReadOnly(path, ShortLocks);
            Schema.EnsureReadable(reader);
            return new(path, options);
        }

        try
        {
            CreatePrivately(System.IO.Path.GetDirectoryName(path)!, path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new EventLogException(
                EventLogErrors.NotWritable,
                $"Event log '{path}' cannot be created: {e.Message} Give this process's user the rights to the folder.", e);
        }

        using var connection = SqliteConnectionHandle.Open(path, ShortLocks);
        Schema.Ensure(connection, ShortLocks, options);
        return new(path, options);
    }

    /// <summary>A connection that appends. It never waits for locks itself; see <see cref="BatchWriter"/>.</summary>
    public SqliteConnectionHandle OpenWriter()
    {
        // A small cache: SQLite goes through all of it with each commit that has divided pages. It grows while a transaction
        // needs it, up to 32 MB; then pages are written before the commit.
        var connection = Open(
            "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -2048; PRAGMA cache_spill = 8192; PRAGMA temp_store = MEMORY");
        if (_options.SizeLimit > 0)
        {
            // A limit below the present size is taken as the present size by SQLite.
            var pages = Math.Max(1, _options.SizeLimit / connection.Scalar("PRAGMA page_size"));
            connection.Execute($"PRAGMA max_page_count = {pages}");
        }

        connection.SetBusyTimeout(TimeSpan.Zero);
        return connection;
    }

    public SqliteConnectionHandle OpenReader() =>
        Open("PRAGMA query_only = 1; PRAGMA cache_size = -8192; PRAGMA mmap_size = 1073741824; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0");

    public SqliteConnectionHandle OpenCheckpointer() =>
        Open("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");

    private SqliteConnectionHandle Open(string settings)
    {
        var connection = _options.IsReadOnly ? SqliteConnectionHandle.OpenReadOnly(Path, ShortLocks) : SqliteConnectionHandle.Open(Path, ShortLocks);
        try
        {
            connection.Execute(settings);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void CreatePrivately(string folder, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (File.Exists(path)) return;

        // SQLite gives the write-ahead log and its index the rights of the database file.
        using var _ = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }
}
