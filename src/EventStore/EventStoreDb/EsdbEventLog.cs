using Cqrs.EventStore.EventStoreDb.Appending;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Reading;
using Cqrs.EventStore.EventStoreDb.Subscribing;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.EventStoreDb;

/// <summary>
/// The log in an EventStoreDB (KurrentDB), called over its public gRPC protocol. A position is the server's commit
/// position. Events whose type begins with <c>$</c> are the server's own and are left out. Failures are
/// <see cref="EventLogException"/> with a code of <see cref="EventLogErrors"/>; transient ones are retried until the
/// connection string's <c>defaultDeadline</c>.
/// </summary>
public sealed class EsdbEventLog : IEventLog, IOrderedAppends, IAsyncDisposable
{
    private readonly EsdbConnection _connection;
    private readonly Attempts _attempts;
    private readonly EsdbReader _reader;
    private readonly EsdbAppender _appender;

    /// <summary>Connects with the first call.</summary>
    public EsdbEventLog(EsdbSettings settings, EsdbOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _connection = new(settings, options ?? EsdbOptions.Default);
        _attempts = new(_connection);
        _reader = new(_connection, _attempts);
        _appender = new(_connection, _attempts, _reader.HeadAsync);
    }

    public async Task<Appended> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
        await _appender.AppendAsync(Asked(stream, expected, events), sent: null, PositionOfAsync, cancel);

    /// <inheritdoc/>
    public async Task<Appended> AppendInOrderAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
        await _appender.AppendInOrderAsync(Asked(stream, expected, events), PositionOfAsync, cancel);

    private static AppendAsked Asked(string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events)
    {
        AppendLimits.Check(stream, events);
        if (expected.Value < -1 && expected != ExpectedVersion.Any && expected != ExpectedVersion.StreamExists)
            throw new ArgumentOutOfRangeException(nameof(expected), expected.Value, "No version that a stream can be expected at.");
        return new(stream, expected, events);
    }

    public async ValueTask<StreamSlice> ReadStreamAsync(
        string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        return await _reader.StreamAsync(stream, fromVersion, maxCount, direction, cancel);
    }

    public async ValueTask<LogPage> ReadAllAsync(
        LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        return await _reader.AllAsync(from, maxCount, filter, direction, cancel);
    }

    public IAsyncEnumerable<LogPage> SubscribeAsync(
        LogPosition after, LogFilter? filter = null, int maxPageSize = 512, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPageSize, 1);
        return new AllSubscription(_connection, _attempts, _reader, filter, maxPageSize).FollowAsync(after, cancel);
    }

    public async ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default)
    {
        var head = await _reader.HeadAsync(cancel);
        _appender.Saw(head);
        return head;
    }

    public ValueTask DisposeAsync()
    {
        _appender.Dispose();
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<LogPosition> PositionOfAsync(string stream, long version, CancellationToken cancel)
    {
        var slice = await _reader.StreamAsync(stream, version, 1, ReadDirection.Forwards, cancel);
        return slice.Events.Count == 1
            ? slice.Events[0].Position
            : throw new EventLogException(EventLogErrors.Protocol, $"The server answered an append to '{stream}' with version {version}, which is not there.");
    }
}
