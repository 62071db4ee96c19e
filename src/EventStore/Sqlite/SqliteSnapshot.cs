using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// A SQLite file as it was at one moment, while others go on writing to it: a read transaction that stays open. Meanwhile
/// its write-ahead log cannot be begun anew, so it is held for as long as a copy takes and not longer.
/// </summary>
public sealed class SqliteSnapshot : IDisposable
{
    private const int PagesAtOnce = 1_024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SqliteConnectionHandle _source;

    private SqliteSnapshot(SqliteConnectionHandle source) => _source = source;

    /// <summary>Takes the snapshot, now.</summary>
    /// <exception cref="EventLogException">The file is missing, or no database.</exception>
    public static SqliteSnapshot Of(string path)
    {
        var source = SqliteConnectionHandle.Open(path, Patience, create: false);
        try
        {
            return Begun(source);
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.NotWritable)
        {
            return Begun(SqliteConnectionHandle.OpenReadOnly(path, Patience));
        }
    }

    private static SqliteSnapshot Begun(SqliteConnectionHandle source)
    {
        try
        {
            source.Execute("PRAGMA query_only = 1; BEGIN");

            // A transaction begins with the first that is read.
            source.Scalar("SELECT count(*) FROM sqlite_schema");
            return new(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the whole.</summary>
    public long Length => _source.Scalar("PRAGMA page_count") * _source.Scalar("PRAGMA page_size");

    /// <summary>The first column of the first row as a number; 0 when there is no row.</summary>
    public long Number(string sql) => _source.Scalar(sql);

    /// <summary>The first column of all rows as text.</summary>
    public IReadOnlyList<string> Texts(string sql)
    {
        using var statement = _source.Prepare(sql);
        var texts = new List<string>();
        while (statement.Step()) texts.Add(statement.Text(0));
        return texts;
    }

    /// <summary>Writes it as a file of its own, which is not there yet. It is not flushed to the disk.</summary>
    /// <param name="onBytes">Called with the bytes written since the last call.</param>
    public void CopyTo(string path, Action<long> onBytes, CancellationToken cancel)
    {
        using (var copy = SqliteConnectionHandle.Open(path, Patience))
        {
            copy.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
            _source.CopyTo(copy, PagesAtOnce, onBytes, cancel);
        }

        // Whoever opens the copy finds it as he would the original.
        using var reopened = SqliteConnectionHandle.Open(path, Patience, create: false);
        reopened.Execute("PRAGMA journal_mode = WAL");
    }

    public void Dispose() => _source.Dispose();
}
