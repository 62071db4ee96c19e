using Cqrs.Projections.Engine;

namespace Cqrs.Rules.Tests.Projections;

/// <summary>A live projection takes its time, unless somebody waits for it.</summary>
public sealed class HurryTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ReadSide _read = new();
    private readonly CancellationTokenSource _stop = new();

    public void Dispose()
    {
        _read.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Who_waits_for_a_position_need_not_wait_for_the_next_round()
    {
        var runner = new ProjectionRunner(_read.Users, _read.Log, _read.Codec, new EndlessClock());
        var running = runner.RunAsync(_stop.Token);
        for (var people = 0; people < 3; people++)
        {
            await _read.PeopleAsync(1);
            var head = await _read.Log.HeadAsync();

            await _read.Users.WaitAsync(head, _stop.Token, hurries: true).WaitAsync(Patience);

            _read.Users.Position.ShouldBe(head);
        }

        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Only_who_says_so_hurries_it_and_only_for_what_is_not_there()
    {
        await _read.PeopleAsync(1);
        var patient = _read.Users.WaitAsync(new(2), _stop.Token);
        var hurried = _read.Users.HurriedAsync();
        hurried.IsCompleted.ShouldBeFalse();

        var hasty = _read.Users.WaitAsync(new(2), _stop.Token, hurries: true);

        await hurried.WaitAsync(Patience);
        await _read.Users.ApplyAsync([], new(2), _stop.Token);
        await Task.WhenAll(patient, hasty).WaitAsync(Patience);
        await _read.Users.WaitAsync(new(2), _stop.Token, hurries: true);
        _read.Users.HurriedAsync().IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Who_waits_in_vain_hurries_nobody_once_he_has_given_up()
    {
        await _read.PeopleAsync(1);
        using var patience = new CancellationTokenSource();
        var hurried = _read.Users.HurriedAsync();
        var waiting = _read.Users.WaitAsync(new(long.MaxValue), patience.Token, hurries: true);
        await hurried.WaitAsync(Patience);
        hurried = _read.Users.HurriedAsync();
        await _read.Users.ApplyAsync([], new(1), _stop.Token);
        await hurried.WaitAsync(Patience);

        await patience.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
        hurried = _read.Users.HurriedAsync();
        await _read.Users.ApplyAsync([], new(2), _stop.Token);
        hurried.IsCompleted.ShouldBeFalse();
    }

    /// <summary>By this clock no time passes, and no wait ends but the shortest.</summary>
    private sealed class EndlessClock : TimeProvider
    {
        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(
            callback, state, dueTime < TimeSpan.FromMilliseconds(10) ? dueTime : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
