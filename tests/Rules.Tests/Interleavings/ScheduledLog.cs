using System.Globalization;
using System.Runtime.CompilerServices;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>The log as the actors see it: each operation waits until the scheduler releases it.</summary>
internal sealed class ScheduledLog(MemoryEventLog log, Scheduler scheduler, Func<string, string> nameOf) : IEventLog
{
    public Task<Appended> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
        scheduler.Later(
            $"append {string.Join(" + ", events.Select(e => e.Type[..^3]))} to {nameOf(stream)} after {expected}", writes: true,
            () => log.Append(stream, expected, events));

    public ValueTask<StreamSlice> ReadStreamAsync(
        string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
        new(scheduler.Later(
            $"read {nameOf(stream)} from {fromVersion.ToString(CultureInfo.InvariantCulture)}", writes: false,
            () => log.ReadStreamAsync(stream, fromVersion, maxCount, direction, cancel).Result));

    public ValueTask<LogPage> ReadAllAsync(
        LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
        new(scheduler.Later($"read the log from {from}", writes: false, () => log.ReadAllAsync(from, maxCount, filter, direction, cancel).Result));

    /// <summary>Tells what is there, in small pages; whoever has seen the end is stopped.</summary>
    public async IAsyncEnumerable<LogPage> SubscribeAsync(
        LogPosition after, LogFilter? filter = null, int maxPageSize = 512, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var actor = scheduler.Current!;
        while (true)
        {
            var page = await ReadAllAsync(after, actor.PageSize, filter, ReadDirection.Forwards, cancel);
            yield return page;
            after = page.Position;
            if (page.IsEnd) actor.Stop.Cancel();
            cancel.ThrowIfCancellationRequested();
        }
    }

    public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default) =>
        new(scheduler.Later("read the head", writes: false, () => log.HeadAsync(cancel).Result));
}

/// <summary>The users' keys; to delete one waits until the scheduler releases it.</summary>
internal sealed class ScheduledKeys(MemoryKeys keys, Scheduler scheduler) : ISubjectKeys
{
    public ValueTask<SubjectKeyLookup> FindAsync(UserId user, CancellationToken cancel = default) => keys.FindAsync(user, cancel);

    public ValueTask<SubjectKey> GetOrCreateAsync(UserId user, CancellationToken cancel = default) => keys.GetOrCreateAsync(user, cancel);

    public Task DeleteAsync(UserId user, CancellationToken cancel = default) =>
        scheduler.Later("delete a key", writes: true, () => keys.DeleteAsync(user, cancel).IsCompletedSuccessfully);
}
