using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Survival.Tests.Crashes;

/// <summary>The process is gone; nothing that it would have done after this happens.</summary>
internal sealed class DiedException : Exception;

/// <summary>Lets so many writes through, then the process is dead for good.</summary>
internal sealed class Fuse(int writes)
{
    private int _left = writes;

    public static Fuse Unbreakable => new(int.MaxValue);

    /// <summary>Passed before each write.</summary>
    public void Pass()
    {
        if (Interlocked.Decrement(ref _left) < 0) throw new DiedException();
    }
}

/// <summary>A log whose process dies between two appends.</summary>
internal sealed class MortalLog(IEventLog log, Fuse fuse) : IEventLog
{
    /// <summary>Run once, right before an event of this type is appended: what others do in that very moment.</summary>
    public (string Type, Func<Task> Act)? Meanwhile { get; set; }

    public async Task<Appended> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default)
    {
        if (Meanwhile is var (type, act) && events.Any(e => e.Type == type))
        {
            Meanwhile = null;
            await act();
        }

        fuse.Pass();
        return await log.AppendAsync(stream, expected, events, cancel);
    }

    public ValueTask<StreamSlice> ReadStreamAsync(
        string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
        log.ReadStreamAsync(stream, fromVersion, maxCount, direction, cancel);

    public ValueTask<LogPage> ReadAllAsync(
        LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
        log.ReadAllAsync(from, maxCount, filter, direction, cancel);

    public IAsyncEnumerable<LogPage> SubscribeAsync(
        LogPosition after, LogFilter? filter = null, int maxPageSize = 512, CancellationToken cancel = default) =>
        log.SubscribeAsync(after, filter, maxPageSize, cancel);

    public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default) => log.HeadAsync(cancel);
}

/// <summary>Keys whose process dies before one is deleted.</summary>
internal sealed class MortalKeys(ISubjectKeys keys, Fuse fuse) : ISubjectKeys
{
    public ValueTask<SubjectKeyLookup> FindAsync(UserId user, CancellationToken cancel = default) => keys.FindAsync(user, cancel);

    public ValueTask<SubjectKey> GetOrCreateAsync(UserId user, CancellationToken cancel = default) => keys.GetOrCreateAsync(user, cancel);

    public Task DeleteAsync(UserId user, CancellationToken cancel = default)
    {
        fuse.Pass();
        return keys.DeleteAsync(user, cancel);
    }
}
