using System.Runtime.CompilerServices;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// The embedded log: one SQLite file, <c>log.db</c>, in a folder. Appends are durable when answered (write-ahead log,
/// <c>synchronous=FULL</c>) and share commits; readers never wait for writers. Other processes may read it meanwhile,
/// and also append: they take turns.
/// </summary>
/// <remarks>
/// Reads answer from the page cache in microseconds and do so on the calling thread; an append with nobody else
/// appending commits on the calling thread too. Failures are <see cref="EventLogException"/> with a code of
/// <see cref="EventLogErrors"/>; requests beyond <see cref="AppendLimits"/> are <see cref="InvalidAppendException"/>.
/// A failed commit fails exactly the appends in it. Repeated appends are recognised as EventStoreDB does; with
/// <see cref="ExpectedVersion.Any"/> among the newest 1,000 events of the stream.
/// </remarks>
public sealed class SqliteEventLog : IEventLog, IOrderedAppends, IAsyncDisposable
{
    /// <summary>The file, in its folder.</summary>
    public const string FileName = Schema.FileName;

    /// <summary>The newest version of the tables of <c>log.db</c> that this program reads and writes.</summary>
    public const long SchemaVersion = Schema.Version;

    private readonly LogMemory _memory;
    private readonly ReaderPool<LogReader> _readers;
    private readonly HeadSignal _head;
    private readonly Checkpointer _checkpointer;
    private readonly Committer _committer;
    private readonly bool _isReadOnly;
    private Task? _disposal;
    private readonly Lock _gate = new();

    private SqliteEventLog(LogFile file, TimeProvider clock, SqliteEventLogOptions options)
    {
        _isReadOnly = options.IsReadOnly;
        var labels = new Labels();
        var index = new StreamIndex(options.PositionsInMemory);
        _memory = new LogMemory(
            options.IsReadOnly ? Turn.OfReader() : Turn.Open(Path.GetDirectoryName(file.Path)!), new StreamHeads(options.HeadsInMemory), new LogTail(options.TailEvents, options.TailBytes));
        var writer = new BatchWriter(file.OpenWriter(), index, labels, _memory, clock, options);
        _readers = new ReaderPool<LogReader>(() => new LogReader(file.OpenReader(), index, labels, _memory));
        _head = new HeadSignal(options.PollInterval, Head);
        _checkpointer = new Checkpointer(file.OpenCheckpointer(), options.CheckpointPages);
        _committer = new Committer(writer, _checkpointer, _head, options);
    }

    /// <summary>Transactions that this instance has committed.</summary>
    public long Commits => _committer.Commits;

    /// <summary>
    /// Opens the log in the folder, or only to read it where the folder cannot be written: a copy on a read-only mount.
    /// </summary>
    /// <exception cref="EventLogException">It can be used neither way; <see cref="EventLogException.Code"/> tells why.</exception>
    public static SqliteEventLog OpenOrRead(string folder, TimeProvider? clock = null, SqliteEventLogOptions? options = null)
    {
        try
        {
            return Open(folder, clock, options);
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.NotWritable && File.Exists(Path.Combine(folder, FileName)))
        {
            return Open(folder, clock, (options ?? new()) with { IsReadOnly = true });
        }
    }

    /// <summary>Opens the log in the folder; creates both, for their owner alone, when they are missing.</summary>
    /// <param name="clock">Tells when events were taken; the system's clock when null.</param>
    /// <exception cref="EventLogException">The folder or file cannot be used; <see cref="EventLogException.Code"/> tells why.</exception>
    public static SqliteEventLog Open(string folder, TimeProvider? clock = null, SqliteEventLogOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new SqliteEventLogOptions();
        return new SqliteEventLog(LogFile.In(folder, options), clock ?? TimeProvider.System, options);
    }

    /// <inheritdoc/>
    public Task<Appended> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
        Append(stream, expected, events, queued: false, cancel);

    /// <inheritdoc/>
    public Task<Appended> AppendInOrderAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
        Append(stream, expected, events, queued: true, cancel);

    private Task<Appended> Append(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, bool queued, CancellationToken cancel)
    {
        try
        {
            AppendLimits.Check(stream, events);
            if (_isReadOnly)
            {
                throw new EventLogException(
                    EventLogErrors.NotWritable, "Nothing can be appended: the folder of the event log cannot be written, and the log is only read.");
            }

            if (expected.Value < ExpectedVersion.NoStream.Value
                && expected != ExpectedVersion.Any && expected != ExpectedVersion.StreamExists)
            {
                throw new ArgumentOutOfRangeException(nameof(expected), expected.Value, "No such expected version.");
            }

            cancel.ThrowIfCancellationRequested();
            return _committer.Submit(new AppendRequest(stream, expected, events), queued, cancel);
        }
        catch (OperationCanceledException)
        {
            return Task.FromCanceled<Appended>(cancel);
        }
        catch (Exception e)
        {
            return Task.FromException<Appended>(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StreamSlice> ReadStreamAsync(
        string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        cancel.ThrowIfCancellationRequested();
        var hash = NameHash.Of(stream);
        if (direction == ReadDirection.Forwards && _memory.TryEndBefore(stream, hash, fromVersion, out var last))
            return ValueTask.FromResult(new StreamSlice([], last, IsEnd: true));
        var reader = _readers.Take();
        try
        {
            return ValueTask.FromResult(reader.ReadStream(stream, hash, fromVersion, maxCount, direction));
        }
        finally
        {
            _readers.Return(reader);
        }
    }

    /// <inheritdoc/>
    public ValueTask<LogPage> ReadAllAsync(
        LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        cancel.ThrowIfCancellationRequested();
        return ValueTask.FromResult(ReadAll(from, maxCount, new LogMatch(filter), direction));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogPage> SubscribeAsync(
        LogPosition after, LogFilter? filter = null, int maxPageSize = 512, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPageSize, 1);
        var match = new LogMatch(filter);
        var position = after;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var page = ReadAll(position, maxPageSize, match, ReadDirection.Forwards);
            position = page.Position;
            yield return page;
            if (page.IsEnd) await _head.WaitBeyondAsync(position.Value, cancel);
        }
    }

    /// <inheritdoc/>
    public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new LogPosition(Head()));
    }

    /// <summary>Takes no more appends, answers those it has, and closes the file.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate) return new ValueTask(_disposal ??= CloseAsync());
    }

    private async Task CloseAsync()
    {
        _memory.Close();
        await _committer.CloseAsync();
        _head.Dispose();
        _checkpointer.Dispose();
        _committer.Dispose();
        _readers.Dispose();
        _memory.Dispose();
    }

    private LogPage ReadAll(LogPosition from, int maxCount, LogMatch match, ReadDirection direction)
    {
        if (direction == ReadDirection.Forwards && _memory.TryRead(from.Value, maxCount, match) is { } page) return page;
        var reader = _readers.Take();
        try
        {
            return reader.ReadAll(from, maxCount, match.Filter, direction);
        }
        finally
        {
            _readers.Return(reader);
        }
    }

    private long Head()
    {
        if (_memory.TryHead(out var head)) return head;
        var reader = _readers.Take();
        try
        {
            return reader.Head();
        }
        finally
        {
            _readers.Return(reader);
        }
    }
}
