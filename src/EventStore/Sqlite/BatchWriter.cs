using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite.Integrity;
using SQLitePCL;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// The one connection that appends: begin, take requests, commit. Used by one thread at a time. Readers see the results of
/// a transaction (index, labels) only after the commit.
/// </summary>
internal sealed class BatchWriter : IDisposable
{
    // More than one for each new event, otherwise the unmerged rest would never shrink.
    private const int MergedPerEvent = 2;

    // The first append after a pause may come alone; it must not wait for the merging of a large batch.
    private const int MostEventsAhead = 256;

    private readonly SqliteConnectionHandle _connection;
    private readonly StreamIndex _index;
    private readonly Labels _labels;
    private readonly TimeProvider _clock;
    private readonly Func<EventToAppend, DateTimeOffset>? _takenAt;
    private readonly IndexLookup _lookup;
    private readonly LabelLookup _labelLookup;
    private readonly LogMemory _memory;
    private readonly AppendRule _rule;
    private readonly IndexMerger _merger;
    private readonly CommitChain _chain = new();
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly EventInsert _insertEvent;
    private readonly Statement _insertLabel;
    private readonly Statement _link;
    private readonly List<IndexEntry> _entries = [];
    private readonly List<StreamHead> _changed = [];
    private readonly List<RecordedEvent> _events = [];
    private readonly Dictionary<string, long> _newLabels = [];
    private long _headAtBegin;
    private long _headOfOwn = -1;
    private int _mergedAhead;
    private int _pagesAtRestart;

    public BatchWriter(
        SqliteConnectionHandle connection, StreamIndex index, Labels labels, LogMemory memory, TimeProvider clock, SqliteEventLogOptions options)
    {
        _connection = connection;
        _index = index;
        _labels = labels;
        _memory = memory;
        _clock = clock;
        _takenAt = options.TakenAt;
        _lookup = new IndexLookup(connection, index);
        _labelLookup = new LabelLookup(connection, labels);
        _rule = new AppendRule(connection, index, _events);
        _merger = new IndexMerger(connection, index, options.PositionsInMemory);
        _begin = connection.Prepare("BEGIN IMMEDIATE");
        _commit = connection.Prepare("COMMIT");
        _insertEvent = new EventInsert(connection);
        _link = connection.Prepare("SELECT chain FROM events WHERE position = ?1");
        _insertLabel = connection.Prepare("INSERT INTO labels (text) VALUES (?1) RETURNING id");
    }

    /// <summary>Position of the newest event; inside a transaction, with what it has taken.</summary>
    public long Head { get; private set; }

    public string Path => _connection.Path;

    public Turn Turn => _memory.Turn;

    /// <summary>A transaction has been begun by <see cref="BeginAhead"/> and has not ended.</summary>
    public bool HasBegun => _mergedAhead > 0;

    /// <summary>Pages in the write-ahead log, as far as this writer knows.</summary>
    public int PagesSinceRestart => _connection.PagesWritten() - _pagesAtRestart;

    /// <summary>Begins a transaction; false when another process is in one.</summary>
    public bool TryBegin()
    {
        try
        {
            _begin.Run();
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.Busy)
        {
            return false;
        }

        Head = _headAtBegin = _lookup.Head();

        // Compared with what this writer wrote last, not with what the index has seen: a reader of this process may have seen
        // the events of another one already, while the heads of their streams are still old.
        if (Head != _headOfOwn) LookAtForeignEvents();
        _memory.BeginTurn(Head);
        return true;
    }

    /// <summary>
    /// Writes the event that waits for the next one or for the commit. Called before a request is taken, so that a failure is
    /// one of the requests before it.
    /// </summary>
    public void WriteWaiting() => _insertEvent.WriteWaiting();

    /// <summary>Decides one request and writes its events. The answer holds once committed.</summary>
    public void Take(AppendRequest request)
    {
        var head = HeadOf(request);
        switch (_rule.Judge(request, head, out var first))
        {
            case AppendRule.Verdict.Append:
                Insert(request, head);
                request.Outcome = new Appended(head.LastVersion, new LogPosition(Head), AlreadyThere: false);
                break;
            case AppendRule.Verdict.AlreadyThere:
                request.Outcome = first;
                break;
            default:
                request.Refusal = new WrongExpectedVersionException(request.Stream, request.Expected, head.LastVersion);
                break;
        }
    }

    /// <summary>Begins a transaction with the merging that so many events bring with them, when no other process is in one.</summary>
    public void BeginAhead(int events)
    {
        if (!TryBegin()) return;
        _mergedAhead = Math.Min(events, MostEventsAhead) * MergedPerEvent;
        _merger.Advance(_mergedAhead);
    }

    public void Commit()
    {
        _merger.Advance(((int)(Head - _headAtBegin) * MergedPerEvent) - _mergedAhead);
        _mergedAhead = 0;
        Span<byte> link = stackalloc byte[CommitChain.LinkSize];
        var hasEvents = !_chain.IsEmpty;
        if (hasEvents)
        {
            _chain.WriteLink(Head, link);
            _insertEvent.WriteLast(link);
        }

        _commit.Run();
        if (hasEvents) _chain.Advance(link);
        _memory.Turn.Note(Head);
        _merger.Committed();
        foreach (var (text, id) in _newLabels) _labels.Add(id, text);
        _newLabels.Clear();
        _index.Add(_entries, Head);
        _entries.Clear();
        _memory.Committed(_changed, _events, Head);
        _changed.Clear();
        _events.Clear();

        // Last: where anything above fails, the next transaction reads what this one has written.
        _headOfOwn = Head;
    }

    /// <summary>Ends a transaction that has taken nothing, or none. If the connection is beyond use, the next begin reports it.</summary>
    public void Abandon()
    {
        _mergedAhead = 0;
        _merger.RolledBack();
        _insertEvent.Abandon();
        _chain.Abandon();
        try
        {
            if (_connection.InTransaction) _connection.Execute("ROLLBACK");
        }
        catch (EventLogException)
        {
            // The caller reports the failure before this one.
        }
    }

    /// <summary>Ends a failed transaction, or none; the caller then fails its requests.</summary>
    public void Rollback()
    {
        Head = _headAtBegin;
        _newLabels.Clear();
        _entries.Clear();
        _changed.Clear();
        _events.Clear();
        _memory.Failed();
        Abandon();
    }

    /// <summary>
    /// Copies the last pages of the write-ahead log between two commits, after a passive checkpoint has copied most of them.
    /// SQLite begins the write-ahead log anew only when all of it is copied, which never happens beside commits without pause.
    /// </summary>
    public void FinishCheckpoint()
    {
        if (_connection.CheckpointPassively() == 0) _pagesAtRestart = _connection.PagesWritten();
    }

    public void Dispose() => _connection.Dispose();

    private void LookAtForeignEvents()
    {
        _lookup.LookAtNew(Head);
        _merger.Refresh(_lookup.MergedTo());
        ContinueChain();
    }

    private void ContinueChain()
    {
        if (Head == 0)
        {
            _chain.ContinueFrom(CommitChain.Genesis);
            return;
        }

        try
        {
            if (!_link.Bind(1, Head).Step() || _link.Bytes(0).Length != CommitChain.LinkSize)
                throw DamagedLog.At(_connection.Path, Head, stream: null, DamagedLog.NoLink);
            _chain.ContinueFrom(_link.Bytes(0));
        }
        finally
        {
            _link.Reset();
        }
    }

    private StreamHead HeadOf(AppendRequest request)
    {
        if (_memory.Heads.FindAndKeep(request.Stream, request.NameHash) is { } known) return known;
        var stream = _lookup.Find(request.Stream, request.NameHash) ?? 0;
        var last = stream == 0 ? StreamVersion.None : _lookup.LastOf(stream, _index.TailOf(stream)).Version;
        return _memory.Heads.Add(new StreamHead(request.Stream, request.NameHash, stream, last));
    }

    private void Insert(AppendRequest request, StreamHead head)
    {
        // The one string of this name, however many events have it.
        var name = head.Name;
        _changed.Add(head);
        if (head.Stream == 0) head.Stream = Head + 1;
        var category = LabelOf(LogCategory.Of(name));
        var created = new DateTimeOffset((_takenAt?.Invoke(request.Events[0]) ?? request.OwnTime ?? _clock.GetUtcNow()).UtcTicks, TimeSpan.Zero);
        _insertEvent.BindAppend(head.Stream, name, category, created.Ticks);
        for (var i = 0; i < request.Events.Count; i++)
        {
            var e = request.Events[i];
            ref readonly var contents = ref request.Contents[i];
            var type = LabelOf(e.Type);
            var (position, version) = (Head + 1, head.LastVersion + 1);
            var checksum = EventChecksum.OfEvent(contents.Hash, position, head.Stream, version, category, type, created.Ticks);
            _insertEvent.Bind(position, version, type, e.IsJson, e.Id, contents, checksum);
            _chain.Add(checksum);
            Head = position;
            head.LastVersion = version;
            _entries.Add(new(Head, head.Stream, head.LastVersion, head.LastVersion == 0 ? name : null, request.NameHash));
            _events.Add(new RecordedEvent(
                new LogPosition(Head), name, head.LastVersion, e.Id, _labels.Text(type) ?? e.Type, created, contents.Data, contents.Metadata, e.IsJson));
        }
    }

    private long LabelOf(ReadOnlySpan<char> text)
    {
        if (_labels.Find(text) is { } known) return known;
        if (_newLabels.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var added)) return added;
        if (_labelLookup.Find(text) is { } found) return found;
        var label = text.ToString();
        var id = _insertLabel.BindText(1, label).Number() ?? throw _connection.Failure(raw.SQLITE_CORRUPT);
        return _newLabels[label] = id;
    }
}
