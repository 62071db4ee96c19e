using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite.Integrity;

/// <summary>
/// Reads a whole log and checks each event against its checksum, each commit against the hash chain, the index against the
/// events, and the end against what is known of it elsewhere. What it notices and what not: docs/decisions/embedded-log.md.
/// </summary>
public sealed class LogVerification : IDisposable
{
    private const int Step = 1_024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SqliteConnectionHandle _connection;
    private readonly long _schema;
    private readonly long _noted;
    private readonly CommitChain _chain = new();
    private readonly Dictionary<long, string> _labels = [];
    private readonly IndexVerification? _index;
    private long _previous;
    private long _commits;

    private LogVerification(SqliteConnectionHandle connection, long noted)
    {
        (_connection, _noted) = (connection, noted);

        // All is read of one moment. Meanwhile the write-ahead log of the file grows by what is written.
        connection.Execute("PRAGMA query_only = 1; PRAGMA mmap_size = 1073741824; BEGIN");
        _schema = Schema.VersionOf(connection);
        _index = _schema >= 2 ? new IndexVerification(connection) : null;
    }

    /// <summary>Examines the log as it is now, beside processes that append to it. Nothing is changed.</summary>
    /// <param name="path">The file <c>log.db</c>.</param>
    /// <param name="progress">Called with the events that are checked and those there are.</param>
    /// <exception cref="EventLogException">The file is missing, is no log, or is of a later version.</exception>
    public static LogReport Run(string path, Action<long, long>? progress, CancellationToken cancel)
    {
        // Read first: the note is never ahead of the log, and the log may grow after it.
        var noted = Turn.NotedIn(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var connection = SqliteConnectionHandle.Open(path, Patience, create: false);
        try
        {
            using var verification = new LogVerification(connection, noted);
            return verification.Examine(progress, cancel);
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.Corrupt)
        {
            return new(0, 0, 0, 0, Chain: null, new(Position: null, Stream: null, "The tables of the log cannot be read", DamagedLog.Next));
        }
        finally
        {
            connection.Dispose();
        }
    }

    /// <summary>Ends the read transaction.</summary>
    public void Dispose()
    {
        if (_connection.InTransaction) _connection.Execute("ROLLBACK");
    }

    private LogReport Examine(Action<long, long>? progress, CancellationToken cancel)
    {
        var head = 0L;
        LogFault? fault;
        try
        {
            head = _connection.Scalar("SELECT coalesce(max(position), 0) FROM events");
            ReadLabels();
            fault = Events(head, progress, cancel) ?? End(head);
        }
        catch (EventLogException e) when (e is { Code: EventLogErrors.Corrupt })
        {
            fault = At(e.Position?.Value ?? _previous + 1, e.Stream, DamagedLog.Unreadable);
        }

        var chain = fault is null && HasChecksums && head > 0 ? Convert.ToHexStringLower(_chain.Link) : null;
        return new(_schema, _previous, _commits, head, chain, fault);
    }

    private bool HasChecksums => _schema >= 3;

    private LogFault? Events(long head, Action<long, long>? progress, CancellationToken cancel)
    {
        using var rows = _connection.Prepare(
            "SELECT position, stream, version, category, type, created, json, id, name, data, metadata"
            + (HasChecksums ? ", checksum, chain" : "") + " FROM events ORDER BY position");
        while (rows.Step())
        {
            if (rows.Int64(0) != _previous + 1) return At(_previous + 1, stream: null, DamagedLog.Missing);
            if (Row(rows) is { } fault) return fault;
            _previous++;
            if (_previous % Step != 0) continue;
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(_previous, head);
        }

        return null;
    }

    private LogFault? Row(Statement row)
    {
        var (position, stream, version) = (row.Int64(0), row.Int64(1), row.Int64(2));
        var (category, type) = (row.Int64(3), row.Int64(4));
        var name = row.Text(8);
        if (!_labels.TryGetValue(type, out var typeText) || !_labels.TryGetValue(category, out var categoryText))
            return At(position, name, DamagedLog.NoLabel);
        if (HasChecksums)
        {
            var contents = EventChecksum.OfContents(row.Bytes(8), row.Bytes(7), typeText, row.Int64(6) != 0, row.Bytes(9), row.Bytes(10));
            var checksum = EventChecksum.OfEvent(contents, position, stream, version, category, type, row.Int64(5));
            if (checksum != row.Int64(11)) return At(position, name, DamagedLog.Changed);
            if (Link(position, checksum, row) is { } broken) return At(position, name, broken);
        }

        if (!LogCategory.Of(name).SequenceEqual(categoryText)) return At(position, name, "the event is filed under another category than its stream's");
        if (version == 0 ? stream != position : stream >= position) return At(position, name, "its place in its stream cannot be right");
        return _index?.Fault(position, stream, version, version == 0 ? name : null) is { } what ? Index(position, name, what) : null;
    }

    private string? Link(long position, long checksum, Statement row)
    {
        _chain.Add(checksum);
        if (row.IsNull(12)) return null;
        Span<byte> link = stackalloc byte[CommitChain.LinkSize];
        _chain.WriteLink(position, link);
        if (!row.Bytes(12).SequenceEqual(link))
            return "the hash chain breaks here: an event of this commit, or of one before it, is missing or is not the one that was written";
        _chain.Advance(link);
        _commits++;
        return null;
    }

    private LogFault? End(long head)
    {
        if (HasChecksums && !_chain.IsEmpty) return At(head, stream: null, DamagedLog.NoLink);
        if (_index?.Extra(head) is { } what) return what.MissingFrom > 0 ? Cut(head, what.Text) : Index(position: null, stream: null, what.Text);
        return _noted > head
            ? Cut(head, $"{Turn.FileName} has noted {_noted} events, the log has {head}: the newest are missing, or an older file was put in its place")
            : null;
    }

    private void ReadLabels()
    {
        using var labels = _connection.Prepare("SELECT id, text FROM labels");
        while (labels.Step()) _labels.Add(labels.Int64(0), labels.Text(1));
    }

    private static LogFault At(long position, string? stream, string what) => new(position, stream, what, DamagedLog.Next);

    private static LogFault Cut(long head, string what) => new(
        head + 1, Stream: null, what,
        $"Restore a backup (cqrs restore), or put the newer log.db with its log.db-wal back. If the older file is meant to stay, delete {Turn.FileName} while no server runs.");

    private static LogFault Index(long? position, string? stream, string what) => new(
        position, stream, what, "The events themselves are whole. Stop the servers, write them into a new log (cqrs events copy --from FOLDER --to NEW) and use its log.db.");
}
