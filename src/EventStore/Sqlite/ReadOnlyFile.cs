using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// How a SQLite file is opened that lies where nothing can be written, on a read-only mount for instance. SQLite reads a
/// file in WAL mode through <c>-wal</c> and <c>-shm</c> beside it and makes these where they are missing. Where it cannot,
/// a file without a write-ahead log is opened as immutable (https://www.sqlite.org/wal.html#readonly).
/// </summary>
public static class ReadOnlyFile
{
    /// <summary>
    /// The URI with which the file can be read: immutable where its write-ahead log is empty and no process has it open,
    /// else with all its locks.
    /// </summary>
    /// <param name="path">A file that could not be opened for writing.</param>
    /// <exception cref="EventLogException">
    /// <see cref="EventLogErrors.NotWritable"/>: its newest commits are in a write-ahead log that cannot be read there.
    /// </exception>
    public static string UriOf(string path)
    {
        if (CanBeRead(Uri(path, "mode=ro"))) return Uri(path, "mode=ro");
        var wal = new FileInfo(path + "-wal");
        if (!wal.Exists || wal.Length == 0) return Uri(path, "mode=ro&immutable=1");
        throw new EventLogException(
            EventLogErrors.NotWritable,
            $"'{path}' lies where nothing can be written, and its newest commits are in {wal.Name}, which can then not be read. "
            + "Copy the folder to a place that can be written and name the copy, or close the log before it is copied.");
    }

    private static string Uri(string path, string parameters) =>
        $"file:{System.Uri.EscapeDataString(Path.GetFullPath(path)).Replace("%2F", "/", StringComparison.Ordinal)}?{parameters}";

    // A server that runs on the same folder keeps both files beside it; then it is read as it grows.
    private static bool CanBeRead(string uri)
    {
        try
        {
            using var connection = SqliteConnectionHandle.OpenUri(uri, TimeSpan.FromSeconds(10));
            connection.Scalar("SELECT count(*) FROM sqlite_schema");
            return true;
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.NotWritable)
        {
            return false;
        }
    }
}
