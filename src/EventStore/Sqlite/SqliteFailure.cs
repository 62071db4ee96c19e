using Cqrs.EventStore.Log;
using SQLitePCL;

namespace Cqrs.EventStore.Sqlite;

/// <summary>SQLite's result codes (https://www.sqlite.org/rescode.html) as errors that say what to do next.</summary>
internal static class SqliteFailure
{
    public static EventLogException Of(int result, string detail, string path)
    {
        var (code, advice) = (result & 0xff) switch
        {
            raw.SQLITE_FULL => (EventLogErrors.Full, "there is no room for more events. Free disk space, or raise the log's size limit"),
            raw.SQLITE_IOERR => (EventLogErrors.Io, "the disk failed. Look at the system's log; repeat the append, its event ids tell whether it was written"),
            raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_AUTH =>
                (EventLogErrors.NotWritable, "it cannot be opened for writing. Give this process's user the rights to the folder and its files"),
            raw.SQLITE_NOTADB => (EventLogErrors.NotALog, "this is not an event log. Point the configuration to another folder, or restore the file"),
            raw.SQLITE_CORRUPT => (EventLogErrors.Corrupt, "the file is damaged. Stop writing to it and restore it from a backup"),
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => (EventLogErrors.Busy, "another process holds the log. Repeat; if it stays, look who has the file open"),
            _ => (EventLogErrors.Failed, "the database reported an error"),
        };
        var file = System.IO.Path.GetFileName(path) == Schema.FileName ? "Event log" : "File of tables";
        return new EventLogException(code, $"{file} '{path}': {advice} (SQLite {result}: {detail}).");
    }
}
