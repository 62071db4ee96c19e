using System.Runtime.CompilerServices;
using Cqrs.EventStore.Log;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>
/// A log of one test's own on a server that others use at the same time: each stream name gets a prefix that no other
/// run has, and nothing else of the server is visible. It passes everything on to the log of the server.
/// </summary>
/// <param name="prefix">One of <see cref="NewPrefix"/>; the same prefix sees the same streams.</param>
internal sealed class SharedServerLog(IEventLog server, string prefix) : IEventLog, IOrderedAppends, IAsyncDisposable
{
    /// <summary>How much shorter than elsewhere a stream name must be, in bytes.</summary>
    public const int PrefixBytes = 34;

    /// <summary>A prefix that no other run has.</summary>
    public static string NewPrefix() => $"r{Guid.NewGuid():N}.";

    public Task<Appended> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
        NamedAsync(stream, events, name => server.AppendAsync(name, expected, events, cancel));

    public Task<Appended> AppendInOrderAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
        NamedAsync(stream, events, name => ((IOrderedAppends)server).AppendInOrderAsync(name, expected, events, cancel));

    public async ValueTask<StreamSlice> ReadStreamAsync(
        string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        var slice = await server.ReadStreamAsync(prefix + stream, fromVersion, maxCount, direction, cancel);
        return slice with { Events = Own(slice.Events) };
    }

    public async ValueTask<LogPage> ReadAllAsync(
        LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        var page = await server.ReadAllAsync(from, maxCount, Own(filter), direction, cancel);
        return page with { Events = Own(page.Events) };
    }

    public async IAsyncEnumerable<LogPage> SubscribeAsync(
        LogPosition after, LogFilter? filter = null, int maxPageSize = 512, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var page in server.SubscribeAsync(after, Own(filter), maxPageSize, cancel)) yield return page with { Events = Own(page.Events) };
    }

    public async ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default)
    {
        var newest = await server.ReadAllAsync(LogPosition.End, 1, Own(filter: null), ReadDirection.Backwards, cancel);
        return newest.Events is [var last] ? last.Position : LogPosition.Start;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }

    private async Task<Appended> NamedAsync(string stream, IReadOnlyList<EventToAppend> events, Func<string, Task<Appended>> append)
    {
        AppendLimits.Check(stream, events);
        try
        {
            return await append(prefix + stream);
        }
        catch (WrongExpectedVersionException e)
        {
            throw new WrongExpectedVersionException(stream, e.Expected, e.Actual);
        }
    }

    // Each list of a filter narrows it, so one that names streams is enough to leave out those of others.
    private LogFilter Own(LogFilter? filter) => new()
    {
        Categories = [.. (filter?.Categories ?? []).Select(category => prefix + category)],
        Types = filter?.Types ?? [],
        StreamPrefixes = filter?.StreamPrefixes is { Count: > 0 } prefixes ? [.. prefixes.Select(begin => prefix + begin)] : [prefix],
    };

    private List<RecordedEvent> Own(IReadOnlyList<RecordedEvent> events) =>
        [.. events.Select(e => e with { Stream = e.Stream[prefix.Length..] })];
}
