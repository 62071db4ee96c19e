using System.Collections.Concurrent;
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
    private readonly List<long> _shownBefore = [];
    private int _begun;
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
        await _checkpoints.SaveAsync("follower", new(new(1)));
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
    public async Task Who_leaves_something_for_later_is_asked_again_and_the_checkpoint_waits_for_him()
    {
        var ids = Append(3);
        var (saved, pages) = (new List<LogPosition>(), new List<int>());
        _checkpoints.OnSaved = position =>
        {
            saved.Add(position);
            if (position == new LogPosition(3)) _stop.Cancel();
        };
        var follower = LateFollower(page =>
        {
            _handled.AddRange(page.Events.Select(e => e.Id));
            pages.Add(page.Events.Count);
            return new(pages.Count < 4 ? 1 : 3);
        });

        await follower.RunAsync(_stop.Token);

        _handled.ShouldBe(ids);
        pages.ShouldBe([3, 0, 0, 0]);
        _shownBefore.ShouldBe([0, 3, 3, 3]);
        saved.ShouldBe([new(1), new(3)]);
        follower.Status.ShouldBe(new FollowerStatus(new(3), Failure: null, Failures: 0));
    }

    [Fact]
    public async Task What_was_left_for_later_and_failed_then_is_shown_again()
    {
        var ids = Append(3);
        var pages = new List<int>();
        _checkpoints.OnSaved = position =>
        {
            if (position == new LogPosition(3)) _stop.Cancel();
        };
        var follower = LateFollower(page =>
        {
            _handled.AddRange(page.Events.Select(e => e.Id));
            pages.Add(page.Events.Count);
            return pages.Count switch { 1 => new(1), 2 => throw new InvalidOperationException(), _ => new(3) };
        });

        await follower.RunAsync(_stop.Token);

        pages.ShouldBe([3, 0, 2]);
        _shownBefore.ShouldBe([0, 3, 1]);
        _begun.ShouldBe(2, "what was remembered is not mixed with what comes again");
        _handled.ShouldBe([.. ids, .. ids[1..]]);
    }

    [Fact]
    public async Task Who_has_left_nothing_is_not_asked_again()
    {
        Append(1);
        var clock = new HastyClock();
        var pages = 0;
        _checkpoints.OnSaved = position =>
        {
            if (position.Value < 3) Append(1);
            else _stop.Cancel();
        };

        await LateFollower(page =>
        {
            pages++;
            return page.Position;
        }, clock).RunAsync(_stop.Token);

        pages.ShouldBe(3);
        clock.Waits.ShouldNotContain(LogFollower.AskedAgainAfter);
    }

    [Fact]
    public async Task A_round_waits_for_its_time_unless_somebody_waits_for_it()
    {
        var pace = new Pace(TimeSpan.FromDays(1), TimeProvider.System);
        await pace.NextAsync(default);
        var hurry = new TaskCompletionSource();
        var next = pace.NextAsync(default, hurry.Task).AsTask();
        next.IsCompleted.ShouldBeFalse();

        hurry.SetResult();

        await next.WaitAsync(TimeSpan.FromSeconds(30));
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

    private LogFollower LateFollower(Func<LogPage, LogPosition> handle, TimeProvider? clock = null) => new(
        "follower", _log, new(), _checkpoints, () =>
        {
            _begun++;
            return (page, after, _) =>
            {
                _shownBefore.Add(after.Value);
                return Task.FromResult(handle(page));
            };
        }, clock ?? new HastyClock());

    /// <summary>Whoever waits by this clock waits no longer than it takes to say so.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public ConcurrentBag<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            return base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
        }
    }
}
