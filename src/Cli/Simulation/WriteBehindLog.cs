using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Simulation;

/// <summary>
/// Answers an append before it is durable, and lets many be under way: commands that follow one another, as those of a
/// simulated history do, then share commits as those of a crowd would. For one caller at a time who alone writes to the
/// log; that he does not is found when the append itself is answered.
/// </summary>
/// <remarks>
/// What reads a stream that is under way waits on the calling thread: nothing here goes on elsewhere, so that the order
/// of appends depends on nothing but the order of commands.
/// </remarks>
internal sealed class WriteBehindLog(IEventLog log) : IEventLog, IAsyncDisposable
{
    private const int MostUnderWay = 8_192;

    private readonly Queue<Pending> _underWay = new();
    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Pending> _newest = new(StringComparer.Ordinal);

    /// <summary>Events appended, durable or on their way.</summary>
    public long Events { get; private set; }

    /// <summary>How many events there are of each type.</summary>
    public Dictionary<string, long> EventsByType { get; } = new(StringComparer.Ordinal);

    public Task<Appended> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default)
    {
        if (expected.Value < StreamVersion.None) throw new ArgumentOutOfRangeException(nameof(expected), expected, "Only exact versions are told beforehand.");
        var pending = new Pending(stream, expected.Value + events.Count, log.AppendAsync(stream, expected, events, CancellationToken.None));
        _underWay.Enqueue(pending);
        _newest[stream] = pending;
        _versions[stream] = pending.Version;
        Events += events.Count;
        foreach (var e in events) EventsByType[e.Type] = EventsByType.GetValueOrDefault(e.Type) + 1;
        return Task.FromResult(new Appended(pending.Version, new(Events), AlreadyThere: false));
    }

    public ValueTask<StreamSlice> ReadStreamAsync(
        string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        // Who asks for what the stream has got since, as every command does, is answered from memory.
        var version = _versions.GetValueOrDefault(stream, StreamVersion.None);
        if (direction == ReadDirection.Forwards && fromVersion > version) return new(new StreamSlice([], version, IsEnd: true));
        if (_newest.TryGetValue(stream, out var pending)) pending.Append.GetAwaiter().GetResult();
        return log.ReadStreamAsync(stream, fromVersion, maxCount, direction, cancel);
    }

    public ValueTask<LogPage> ReadAllAsync(
        LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
        log.ReadAllAsync(from, maxCount, filter, direction, cancel);

    public IAsyncEnumerable<LogPage> SubscribeAsync(
        LogPosition after, LogFilter? filter = null, int maxPageSize = 512, CancellationToken cancel = default) =>
        log.SubscribeAsync(after, filter, maxPageSize, cancel);

    public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default) => log.HeadAsync(cancel);

    /// <summary>Waits where more is under way than there should be.</summary>
    /// <exception cref="WrongExpectedVersionException">Somebody else writes to the log.</exception>
    public async ValueTask KeepUpAsync()
    {
        while (_underWay.TryPeek(out var oldest) && (oldest.Append.IsCompleted || _underWay.Count > MostUnderWay)) await SettleAsync();
    }

    /// <summary>Waits until everything is durable.</summary>
    /// <exception cref="WrongExpectedVersionException">Somebody else writes to the log.</exception>
    public async Task FlushAsync()
    {
        while (_underWay.Count > 0) await SettleAsync();
    }

    public ValueTask DisposeAsync() => log is IAsyncDisposable disposable ? disposable.DisposeAsync() : default;

    private async ValueTask SettleAsync()
    {
        var oldest = _underWay.Dequeue();
        await oldest.Append;
        if (ReferenceEquals(_newest[oldest.Stream], oldest)) _newest.Remove(oldest.Stream);
    }

    private sealed record Pending(string Stream, long Version, Task<Appended> Append);
}
