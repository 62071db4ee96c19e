using Cqrs.Commands.Squares;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.Rules.Tests.Commands;

namespace Cqrs.Rules.Tests.Squares;

/// <summary>Whom the keeper gives time, and for how long.</summary>
public sealed class SquareKeeperTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Desk _desk = new();
    private readonly KeptClock _clock = new(Start);
    private readonly CancellationTokenSource _stop = new();
    private readonly LogFollower _follower;
    private readonly SquareKeeper _keeper;
    private Task _running = Task.CompletedTask;

    public SquareKeeperTests()
    {
        _keeper = new(_desk.Log, _desk.Codec, _desk.Node.Squares, new(2) { Grace = Grace }, _desk.Checkpoints, _clock);
        _follower = _keeper.Follower();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Fact]
    public async Task A_command_that_is_under_way_is_left_alone_until_its_time_is_up()
    {
        var (ann, pair) = await AnnAsync();
        await RunAsync();
        var taken = await AppendAsync(ann, new SquareTaken(ann, pair, -1, Start));
        await _clock.AskedAgainAsync(3);
        (await _desk.EventsAsync(taken)).ShouldBeEmpty();
        _follower.Status.Position.ShouldBe(new LogPosition(taken.Value - 1));
        (await _desk.Checkpoints.LoadAsync(SquareKeeper.Name)).Position.ShouldBeLessThan(taken);

        _clock.Advance(Grace);

        await UntilAsync(() => _follower.Status.Position > taken);
        (await _desk.EventsAsync(taken)).Select(e => e.GetType()).ShouldBe([typeof(ReservationLapsed), typeof(SquareFreed)]);
    }

    [Fact]
    public async Task What_is_finished_in_time_needs_no_look()
    {
        var (ann, pair) = await AnnAsync();
        await RunAsync();
        await AppendAsync(ann, new SquareTaken(ann, pair, -1, Start));
        await _clock.AskedAgainAsync(1);

        var freed = await AppendAsync(ann, new SquareFreed(ann, pair, Start));

        await UntilAsync(() => _follower.Status.Position >= freed);
        (await _desk.EventsAsync(freed)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_there_before_it_started_is_settled_at_once()
    {
        var (ann, pair) = await AnnAsync();
        var taken = await AppendAsync(ann, new SquareTaken(ann, pair, -1, Start));

        await RunAsync();

        await UntilAsync(() => _follower.Status.Position > taken);
        (await _desk.UserAsync(ann)).Squares.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_clock_that_is_ahead_somewhere_else_makes_it_wait_no_longer()
    {
        var (ann, pair) = await AnnAsync();
        await RunAsync();
        _clock.Advance(TimeSpan.FromDays(-1));
        var taken = await AppendAsync(ann, new SquareTaken(ann, pair, -1, Start));
        await _clock.AskedAgainAsync(1);

        _clock.Advance(Grace);

        await UntilAsync(() => _follower.Status.Position > taken);
        (await _desk.UserAsync(ann)).Squares.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_clock_that_is_set_back_makes_it_wait_no_longer()
    {
        var (ann, pair) = await AnnAsync();
        await RunAsync();
        var taken = await AppendAsync(ann, new SquareTaken(ann, pair, -1, Start));
        await _clock.AskedAgainAsync(1);

        _clock.Advance(TimeSpan.FromDays(-1));

        await UntilAsync(() => _follower.Status.Position > taken);
        (await _desk.UserAsync(ann)).Squares.ShouldBeEmpty();
    }

    private async Task<(UserId Ann, ConnectionId Pair)> AnnAsync()
    {
        var ann = await _desk.RegisteredAsync(Desk.AnnsPhone);
        return (ann, ConnectionId.Between(ann, new(new Guid(7, 7, 7, new byte[8]))));
    }

    private async Task RunAsync()
    {
        var head = await _desk.Log.HeadAsync();
        _running = _keeper.RunAsync(_follower, _stop.Token);
        await UntilAsync(() => _follower.Status.Position >= head);
    }

    private async Task<LogPosition> AppendAsync(UserId user, IDomainEvent @event)
    {
        var stream = StreamNames.Of(user);
        var encoded = await _desk.Codec.EncodeAsync(stream, [@event], new(_desk.Next().Command, Guid.Empty, Guid.Empty, Actor: null, Start));
        return (await _desk.Log.AppendAsync(stream, ExpectedVersion.Any, encoded)).Position;
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo()) await Task.Delay(2, patience.Token);
    }

    /// <summary>Its time stands until it is moved; who waits by it waits a moment, and is counted.</summary>
    private sealed class KeptClock(DateTimeOffset now) : TimeProvider
    {
        private readonly Lock _lock = new();
        private DateTimeOffset _now = now;
        private int _askedAgain;

        public override DateTimeOffset GetUtcNow()
        {
            lock (_lock) return _now;
        }

        public void Advance(TimeSpan by)
        {
            lock (_lock) _now += by;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == LogFollower.AskedAgainAfter) Interlocked.Increment(ref _askedAgain);
            return base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.FromMilliseconds(1), period);
        }

        /// <summary>So many times more.</summary>
        public Task AskedAgainAsync(int times)
        {
            var until = Volatile.Read(ref _askedAgain) + times;
            return UntilAsync(() => Volatile.Read(ref _askedAgain) >= until);
        }
    }
}
