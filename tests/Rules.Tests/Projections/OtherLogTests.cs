using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Rebuilding;
using Cqrs.Rules.Tests.Interleavings;

namespace Cqrs.Rules.Tests.Projections;

/// <summary>A read model whose log was replaced by an older one.</summary>
public sealed class OtherLogTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ReadSide _side = new();
    private readonly CancellationTokenSource _stop = new();

    public void Dispose()
    {
        _stop.Dispose();
        _side.Dispose();
    }

    [Fact]
    public async Task A_model_notes_the_newest_event_that_it_has_applied()
    {
        await _side.PeopleAsync(3);
        await ProjectAsync(_side.Log, head: await _side.Log.HeadAsync());

        var checkpoint = await _side.Users.CheckpointAsync(default);
        checkpoint.Position.ShouldBe(await _side.Log.HeadAsync());
        checkpoint.Anchor!.Log.ShouldBe((await LogIdentity.OfAsync(_side.Log))!.Value);
        (await CheckpointCheck.FaultAsync(_side.Log, checkpoint)).ShouldBeNull();
    }

    [Fact]
    public async Task On_an_older_log_nothing_is_applied_and_no_wait_ends_until_the_model_is_rebuilt()
    {
        await _side.PeopleAsync(4);
        await ProjectAsync(_side.Log, head: await _side.Log.HeadAsync());
        var older = await PrefixAsync(4);
        var before = _side.Everything(_side.UsersModel);

        var faults = new List<CheckpointFault?>();
        var runner = new ProjectionRunner(_side.Users, older, _side.Codec, TimeProvider.System) { OnMismatch = faults.Add };
        var running = runner.RunAsync(_stop.Token);
        await UntilAsync(() => runner.Status.State == ProjectionState.NotOfThisLog);
        runner.Status.Fault!.Kind.ShouldBe(CheckpointFaultKind.Ahead);
        _side.Users.Position.ShouldBe(LogPosition.Start);
        var wait = _side.Users.WaitAsync(new(4), _stop.Token);

        // Also another process that only reads must not take the old checkpoint for the log's.
        using (var reading = _side.Open(_side.UsersModel))
        {
            for (var looks = 0; await reading.ReloadAsync(default) != LogPosition.Start && looks < 1_000; looks++) await Task.Delay(10);
            reading.Position.ShouldBe(LogPosition.Start);
        }

        _side.Everything(_side.UsersModel).ShouldBe(before);
        wait.IsCompleted.ShouldBeFalse();

        await new Rebuild(_side.Folder, _side.UsersModel, older, _side.Codec).RunAsync(default);
        await wait.WaitAsync(Patience);
        await UntilAsync(() => runner.Status.State == ProjectionState.Live);
        (await _side.Users.CheckpointAsync(default)).Position.ShouldBe(new(4));
        faults.Select(fault => fault?.Kind).ShouldBe([CheckpointFaultKind.Ahead, null]);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task What_was_built_from_another_log_is_not_gone_on_with()
    {
        await _side.PeopleAsync(3);
        using var stop = new CancellationTokenSource();
        var begun = new Rebuild(_side.Folder, _side.UsersModel, _side.Log, _side.Codec) { OnProgress = _ => stop.Cancel() };
        await Should.ThrowAsync<OperationCanceledException>(begun.RunAsync(stop.Token));

        var other = new MemoryEventLog(new StoppedClock(Start));
        foreach (var e in (await _side.Log.ReadAllAsync(LogPosition.Start, 100)).Events.Take(4).Reverse())
            await other.AppendAsync(e.Stream, ExpectedVersion.Any, [new(e.Id, e.Type, e.Data, e.Metadata)]);
        (await new Rebuild(_side.Folder, _side.UsersModel, other, _side.Codec).RunAsync(default)).Begun.ShouldBe(LogPosition.Start);
    }

    [Fact]
    public async Task A_log_that_ends_between_the_newest_event_of_the_model_and_its_checkpoint_is_followed_from_that_event()
    {
        await _side.PeopleAsync(2);
        var head = await _side.Log.HeadAsync();
        await ProjectAsync(_side.Log, head);
        var anchor = (await _side.Users.CheckpointAsync(default)).Anchor;
        await _side.Users.ApplyAsync([], new(head.Value + 50), default, anchor);

        var runner = new ProjectionRunner(_side.Users, _side.Log, _side.Codec, TimeProvider.System);
        var running = runner.RunAsync(_stop.Token);
        await UntilAsync(() => _side.Users.Position == head);
        await _side.PeopleAsync(1);
        await _side.Users.WaitAsync(await _side.Log.HeadAsync(), default).WaitAsync(Patience);
        await _stop.CancelAsync();
        await running;
        (await _side.Users.CheckpointAsync(default)).Position.ShouldBe(await _side.Log.HeadAsync());
    }

    private async Task ProjectAsync(MemoryEventLog log, LogPosition head)
    {
        using var stop = new CancellationTokenSource();
        var running = new ProjectionRunner(_side.Users, log, _side.Codec, TimeProvider.System).RunAsync(stop.Token);
        await _side.Users.WaitAsync(head, default).WaitAsync(Patience);
        await stop.CancelAsync();
        await running;
    }

    private async Task<MemoryEventLog> PrefixAsync(int count)
    {
        var older = new MemoryEventLog(new StoppedClock(Start));
        foreach (var e in (await _side.Log.ReadAllAsync(LogPosition.Start, count)).Events)
            await older.AppendAsync(e.Stream, ExpectedVersion.Any, [new(e.Id, e.Type, e.Data, e.Metadata)]);
        return older;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition()) await Task.Delay(5, patience.Token);
    }
}
