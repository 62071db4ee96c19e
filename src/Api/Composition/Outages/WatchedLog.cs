using Cqrs.EventStore.Log;

namespace Cqrs.Api.Composition.Outages;

/// <summary>
/// A log on a server whose outages are known. While the server does not answer, calls fail at once instead of after the
/// connection's deadline: requests would pile up otherwise. Subscriptions are passed through; they wait for the server.
/// </summary>
internal sealed class WatchedLog(IEventLog log, LogAvailability availability) : IEventLog, IOrderedAppends
{
    public Task<Appended> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
        CallAsync(() => log.AppendAsync(stream, expected, events, cancel));

    /// <inheritdoc/>
    public Task<Appended> AppendInOrderAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
        CallAsync(() => ((IOrderedAppends)log).AppendInOrderAsync(stream, expected, events, cancel));

    public async ValueTask<StreamSlice> ReadStreamAsync(
        string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
        await CallAsync(() => log.ReadStreamAsync(stream, fromVersion, maxCount, direction, cancel).AsTask());

    public async ValueTask<LogPage> ReadAllAsync(
        LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
        await CallAsync(() => log.ReadAllAsync(from, maxCount, filter, direction, cancel).AsTask());

    public IAsyncEnumerable<LogPage> SubscribeAsync(
        LogPosition after, LogFilter? filter = null, int maxPageSize = 512, CancellationToken cancel = default) =>
        log.SubscribeAsync(after, filter, maxPageSize, cancel);

    public async ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default) => await CallAsync(() => log.HeadAsync(cancel).AsTask());

    private async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        availability.ThrowIfDown();
        try
        {
            return await call();
        }
        catch (EventLogException e) when (e.Code is EventLogErrors.Unreachable or EventLogErrors.Timeout)
        {
            availability.Doubt();
            throw;
        }
    }
}
