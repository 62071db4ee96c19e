using System.Text;
using Cqrs.EventStore.Log;
using SQLitePCL;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// The one connection that appends: begin, take requests, commit. Used by one thread at a time. What a transaction
/// finds out is published to readers (index, labels) only once it is committed.
/// </summary>
internal sealed class BatchWriter : IDisposable
{
    // More than one, or what is to be merged would never end.
    private const int MergedPerEvent = 2;

    // The first of a large crowd may come alone, and is not to wait for all that.
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
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _insertEvent;
    private readonly Statement _insertLabel;
    private readonly List<IndexEntry> _entries = [];
    private readonly List<StreamHead> _changed = [];
    private readonly List<RecordedEvent> _events = [];
    private readonly Dictionary<string, long> _newLabels = [];
    private long _headAtBegin;
    private long _boundCategory = -1;
    private long _boundType = -1;
    private long _boundCreated = -1;
    private long _boundJson = -1;
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
        _insertEvent = connection.Prepare("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
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

        // Asked of what this writer wrote last, not of the names: a reader of this process may have seen the foreign
        // events already, and the heads of their streams are still old.
        if (Head != _headOfOwn) LookAtForeignEvents();
        _memory.BeginTurn(Head);
        return true;
    }

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
        _commit.Run();
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
        try
        {
            if (_connection.InTransaction) _connection.Execute("ROLLBACK");
        }
        catch (EventLogException)
        {
            // If something has failed before, that is what is told.
        }
    }

    /// <summary>Ends a transaction, or none, whose requests are to be told that it failed.</summary>
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
    /// Copies the last pages of the write-ahead log between two commits, when a passive checkpoint has copied most:
    /// only a log that is copied to its end is begun anew, and one that commits without pause never is otherwise.
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
        // The one string of this name, however many events bear it.
        var name = head.Name;
        _changed.Add(head);
        if (head.Stream == 0) head.Stream = Head + 1;

        // What is bound stays bound: only what differs from the event before is bound again.
        Span<byte> utf8 = stackalloc byte[AppendLimits.StreamNameBytes];
        Span<byte> id = stackalloc byte[16];
        utf8 = utf8[..Encoding.UTF8.GetBytes(name, utf8)];
        _insertEvent.Bind(2, head.Stream).BindText(9, utf8);
        BindIfOther(4, ref _boundCategory, LabelOf(LogCategory.Of(name)));
        var created = new DateTimeOffset((_takenAt?.Invoke(request.Events[0]) ?? request.OwnTime ?? _clock.GetUtcNow()).UtcTicks, TimeSpan.Zero);
        BindIfOther(6, ref _boundCreated, created.Ticks);
        for (var i = 0; i < request.Events.Count; i++)
        {
            var e = request.Events[i];
            EventId.Write(e.Id, id);
            var type = LabelOf(e.Type);
            BindIfOther(5, ref _boundType, type);
            BindIfOther(7, ref _boundJson, e.IsJson ? 1 : 0);
            _insertEvent.Bind(1, Head + 1).Bind(3, head.LastVersion + 1).Bind(8, id).Bind(10, e.Data.Span).Bind(11, e.Metadata.Span).Run();
            Head++;
            head.LastVersion++;
            _entries.Add(new(Head, head.Stream, head.LastVersion, head.LastVersion == 0 ? name : null, request.NameHash));

            // The caller may use his arrays again.
            var (data, metadata) = Payload.Copy(e.Data.Span, e.Metadata.Span);
            _events.Add(new RecordedEvent(
                new LogPosition(Head), name, head.LastVersion, e.Id, _labels.Text(type) ?? e.Type, created, data, metadata, e.IsJson));
        }
    }

    private void BindIfOther(int parameter, ref long bound, long value)
    {
        if (bound == value) return;
        bound = value;
        _insertEvent.Bind(parameter, value);
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
