using Cqrs.EventStore.Caching;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.Rules.Tests.Interleavings;

namespace Cqrs.Rules.Tests.Commands;

public sealed class FollowerTests
{
    private readonly MemoryEventLog _log = new(new StoppedClock(Start));
    private readonly MemoryCheckpoints _checkpoints = new();
    private readonly List<Guid> _handled = [];
    private readonly CancellationTokenSource _stop = new();

    [Fact]
    public async Task Everything_is_handled_in_order_before_the_checkpoint_moves_past_it()
    {
        var ids = Append(5);
        var saved = new List<(LogPosition, int)>();
        _checkpoints.OnSaved = position =>
        {
            saved.Add((position, _handled.Count));
            if (position.Value < 8) Append(3, after: ids);
            else _stop.Cancel();
        };

        await Follower(Handle).RunAsync(_stop.Token);

        _handled.ShouldBe(ids);
        saved.ShouldBe([(new(5), 5), (new(8), 8)]);
    }

    [Fact]
    public async Task A_page_that_fails_is_tried_again_and_nothing_is_skipped()
    {
        var ids = Append(3);
        var failures = new List<TimeSpan>();
        _checkpoints.OnSaved = _ => _stop.Cancel();
        var follower = Follower(page => failures.Count < 3 ? throw new InvalidOperationException() : Handle(page));
        follower.OnFailure = (_, wait) =>
        {
            failures.Add(wait);
            follower.Status.Failure.ShouldBe(nameof(InvalidOperationException));
            follower.Status.Failures.ShouldBe(failures.Count);
            follower.Status.Position.ShouldBe(LogPosition.Start);
        };

        await follower.RunAsync(_stop.Token);

        failures.Select(wait => wait.TotalMilliseconds).ShouldBe([100, 200, 400]);
        _handled.ShouldBe(ids);
        follower.Status.ShouldBe(new FollowerStatus(new(3), Failure: null, Failures: 0));
    }

    [Fact]
    public async Task What_was_handled_before_a_crash_is_not_shown_again_and_what_was_not_is()
    {
        var ids = Append(2);
        await _checkpoints.SaveAsync("follower", new(1));
        _checkpoints.OnSaved = _ => _stop.Cancel();

        await Follower(Handle).RunAsync(_stop.Token);

        _handled.ShouldBe(ids[1..]);
    }

    [Fact]
    public async Task A_checkpoint_that_cannot_be_saved_brings_the_page_again()
    {
        var ids = Append(2);
        var tries = 0;
        _checkpoints.OnSaved = _ =>
        {
            if (++tries == 1)
            {
                _checkpoints.Reset();
                throw new IOException();
            }

            _stop.Cancel();
        };

        await Follower(Handle).RunAsync(_stop.Token);

        _handled.ShouldBe([.. ids, .. ids]);
    }

    [Fact]
    public void A_cache_keeps_what_was_used_lately_and_no_more_than_it_may()
    {
        var cache = new GenerationCache<int, string>(8);
        for (var i = 0; i < 1_000; i++)
        {
            cache.Set(i, $"{i}");
            cache.Find(0).ShouldBe("0", "it is asked for all the time");
            cache.Find(i).ShouldBe($"{i}");
        }

        Enumerable.Range(0, 1_000).Count(i => cache.Find(i) is not null).ShouldBeLessThanOrEqualTo(8);
        cache.Set(5, "five");
        cache.Remove(5);
        cache.Find(5).ShouldBeNull();
    }

    private List<Guid> Append(int count, List<Guid>? after = null)
    {
        var ids = after ?? [];
        for (var i = 0; i < count; i++)
        {
            ids.Add(Guid.NewGuid());
            _log.Append("thing-1", ExpectedVersion.Any, [new(ids[^1], "happened.v1", "{}"u8.ToArray(), "{}"u8.ToArray())]);
        }

        return ids;
    }

    private Task Handle(LogPage page)
    {
        _handled.AddRange(page.Events.Select(e => e.Id));
        return Task.CompletedTask;
    }

    private LogFollower Follower(Func<LogPage, Task> handle) => new("follower", _log, new(), _checkpoints, (page, _) => handle(page), new HastyClock());

    /// <summary>Whoever waits by this clock waits no longer than it takes to say so.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
