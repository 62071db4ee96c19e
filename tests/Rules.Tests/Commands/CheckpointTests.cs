using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.Rules.Tests.Interleavings;

namespace Cqrs.Rules.Tests.Commands;

/// <summary>A checkpoint that does not fit the log, because an older or another log was put back.</summary>
public sealed class CheckpointTests
{
    private const string Name = "follower";

    private static readonly Guid ThisLog = Guid.NewGuid();
    private static readonly Guid Seen = Guid.NewGuid();
    private static readonly CheckpointAnchor Anchor = new(ThisLog, new(90), Seen, "thing-1", 4);

    private readonly MemoryCheckpoints _checkpoints = new();
    private readonly List<long> _handled = [];
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(60));

    public static TheoryData<string, long, bool, Guid?, long, Guid?, CheckpointFaultKind?> Cases => new()
    {
        { "nothing seen, empty log", 0, false, null, 0, null, null },
        { "nothing seen, full log", 0, false, ThisLog, 100, null, null },
        { "the anchor is there", 100, true, ThisLog, 120, Seen, null },
        { "the anchor is there, the log ends between it and the checkpoint", 100, true, ThisLog, 95, Seen, null },
        { "the anchor is there, the first event was removed", 100, true, Guid.NewGuid(), 120, Seen, null },
        { "the log ends before the anchor", 100, true, ThisLog, 80, null, CheckpointFaultKind.Ahead },
        { "the log is empty", 100, true, null, 0, null, CheckpointFaultKind.Ahead },
        { "another event at the anchor", 100, true, ThisLog, 120, Guid.NewGuid(), CheckpointFaultKind.Diverged },
        { "no event at the anchor", 100, true, ThisLog, 120, null, CheckpointFaultKind.Diverged },
        { "a longer log that begins with another event", 100, true, Guid.NewGuid(), 120, null, CheckpointFaultKind.OtherLog },
        { "a shorter log that begins with another event", 100, true, Guid.NewGuid(), 20, null, CheckpointFaultKind.OtherLog },
        { "without an anchor, within the log", 100, false, ThisLog, 100, null, null },
        { "without an anchor, beyond the log", 100, false, ThisLog, 99, null, CheckpointFaultKind.Ahead },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_checkpoint_fits_a_log_that_holds_its_anchor(
        string situation, long position, bool isAnchored, Guid? log, long end, Guid? atAnchor, CheckpointFaultKind? fault) =>
        CheckpointCheck.Judge(new(new(position), isAnchored ? Anchor : null), log, new(end), atAnchor)?.Kind.ToString().ShouldBe(fault?.ToString(), situation);

    [Fact]
    public async Task Checkpoints_are_saved_with_the_log_and_the_newest_event()
    {
        var log = await LogAsync(3);
        await FollowAsync(log, until: 3);

        var checkpoint = await _checkpoints.LoadAsync(Name);
        var last = (await log.ReadStreamAsync("thing-1", 2, 1)).Events[0];
        checkpoint.ShouldBe(new(new(3), new((await LogIdentity.OfAsync(log))!.Value, new(3), last.Id, "thing-1", 2)));
        (await CheckpointCheck.FaultAsync(log, checkpoint)).ShouldBeNull();
    }

    [Fact]
    public async Task On_an_older_log_a_follower_stands_still_and_saves_nothing_until_its_checkpoint_is_reset()
    {
        var log = await LogAsync(5);
        await FollowAsync(log, until: 5);
        var before = await _checkpoints.LoadAsync(Name);
        _handled.Clear();
        var older = await PrefixAsync(log, 3);
        await AppendAsync(older, 1);

        var faults = new List<CheckpointFault?>();
        var follower = Follower(older);
        follower.OnMismatch = fault =>
        {
            faults.Add(fault);
            if (fault is null) return;
            follower.Status.Fault.ShouldBe(fault);
            follower.Status.Failure.ShouldBe(fault.Reason);
            _checkpoints.LoadAsync(Name).AsTask().Result.ShouldBe(before);

            // New events must wait, also when the log has grown past the checkpoint.
            AppendAsync(older, 4).Wait();
            _ = ResetLaterAsync(follower);
        };
        _checkpoints.OnSaved = position => Stop(position, 8);
        await follower.RunAsync(_stop.Token);

        faults.Select(fault => fault?.Kind).ShouldBe([CheckpointFaultKind.Ahead, null], "each is reported once");
        _handled.ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
        follower.Status.ShouldBe(new FollowerStatus(new(8), Failure: null, Failures: 0));
    }

    [Fact]
    public async Task A_checkpoint_of_before_there_were_anchors_is_not_taken_for_fitting_once_the_log_has_grown_past_it()
    {
        var log = await LogAsync(3);
        await _checkpoints.SaveAsync(Name, new(new(5)));
        var follower = Follower(log);
        var looks = 0;
        follower.OnMismatch = fault =>
        {
            if (fault is null) return;
            fault.Kind.ShouldBe(CheckpointFaultKind.Ahead);
            AppendAsync(log, 4).Wait();
        };
        _checkpoints.OnSaved = position => Stop(position, 7);
        var running = follower.RunAsync(_stop.Token);
        while (follower.Status.Failures < 5 && looks++ < 10_000) await Task.Delay(1);

        _handled.ShouldBeEmpty();
        (await _checkpoints.LoadAsync(Name)).Position.ShouldBe(new(5));
        await _checkpoints.ResetAsync(Name, Checkpoint.Start);
        await running;
        _handled.ShouldBe([1, 2, 3, 4, 5, 6, 7]);
    }

    [Fact]
    public async Task A_checkpoint_of_before_there_were_anchors_gets_one_though_nothing_happens()
    {
        var log = await LogAsync(3);
        await _checkpoints.SaveAsync(Name, new(new(3)));
        _checkpoints.OnSaved = _ => _stop.Cancel();

        await Follower(log).RunAsync(_stop.Token);

        _handled.ShouldBeEmpty();
        (await _checkpoints.LoadAsync(Name)).Anchor!.Position.ShouldBe(new(3));
    }

    [Fact]
    public async Task A_log_that_ends_between_the_anchor_and_the_checkpoint_is_followed_from_the_anchor()
    {
        var log = await LogAsync(3);
        var last = (await log.ReadStreamAsync("thing-1", 2, 1)).Events[0];
        await _checkpoints.SaveAsync(Name, new(new(10), await CheckpointAnchor.OfAsync(log, last, default)));
        await AppendAsync(log, 2);

        await FollowAsync(log, until: 5);

        _handled.ShouldBe([4, 5]);
    }

    [Fact]
    public async Task An_empty_log_fits_a_follower_that_has_seen_nothing()
    {
        var log = await LogAsync(0);
        (await CheckpointCheck.FaultAsync(log, Checkpoint.Start)).ShouldBeNull();
        var follower = Follower(log);
        var running = follower.RunAsync(_stop.Token);
        await AppendAsync(log, 1);
        _checkpoints.OnSaved = position => Stop(position, 2);
        await AppendAsync(log, 1);
        await running;

        _handled.ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_checkpoint_that_is_reset_while_all_is_well_is_noticed()
    {
        var log = await LogAsync(3);
        var saves = 0;
        _checkpoints.OnSaved = _ =>
        {
            if (++saves == 1) _checkpoints.ResetAsync(Name, Checkpoint.Start).AsTask().Wait();
            else _stop.Cancel();
        };

        await Follower(log).RunAsync(_stop.Token);

        _handled.ShouldBe([1, 2, 3, 1, 2, 3]);
    }

    private async Task ResetLaterAsync(LogFollower follower)
    {
        while (follower.Status.Failures < 3) await Task.Yield();
        await _checkpoints.ResetAsync(Name, Checkpoint.Start);
    }

    private void Stop(LogPosition position, long until)
    {
        if (position.Value >= until) _stop.Cancel();
    }

    private async Task FollowAsync(MemoryEventLog log, long until)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        _checkpoints.OnSaved = position =>
        {
            if (position.Value >= until) stop.Cancel();
        };
        await Follower(log).RunAsync(stop.Token);
        _checkpoints.OnSaved = null;
    }

    private LogFollower Follower(MemoryEventLog log) => new(
        Name, log, new(), _checkpoints,
        (page, _) =>
        {
            _handled.AddRange(page.Events.Select(e => e.Position.Value));
            return Task.CompletedTask;
        },
        new QuickClock())
    { LooksForResetsAfter = TimeSpan.FromSeconds(1) };

    private static async Task<MemoryEventLog> LogAsync(int count)
    {
        var log = new MemoryEventLog(new StoppedClock(Start));
        await AppendAsync(log, count);
        return log;
    }

    private static async Task AppendAsync(MemoryEventLog log, int count)
    {
        for (var i = 0; i < count; i++)
            await log.AppendAsync("thing-1", ExpectedVersion.Any, [new(Guid.NewGuid(), "happened.v1", "{}"u8.ToArray(), "{}"u8.ToArray())]);
    }

    private static async Task<MemoryEventLog> PrefixAsync(MemoryEventLog log, int count)
    {
        var older = new MemoryEventLog(new StoppedClock(Start));
        foreach (var e in (await log.ReadAllAsync(LogPosition.Start, count)).Events)
            await older.AppendAsync(e.Stream, ExpectedVersion.Any, [new(e.Id, e.Type, e.Data, e.Metadata)]);
        return older;
    }

    /// <summary>Waits by this clock take a hundredth of their time.</summary>
    private sealed class QuickClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : dueTime / 100, period);
    }
}
