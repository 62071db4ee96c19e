using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;
using Cqrs.Rules.Tests.Connections;

namespace Cqrs.Rules.Tests.Projections;

/// <summary>Events that come again, and others who project into the same file.</summary>
public sealed class RedeliveryTests : IDisposable
{
    private readonly ReadSide _side = new();

    [Fact]
    public async Task Every_event_shown_again_changes_nothing()
    {
        await HistoryAsync();
        foreach (var (projection, model) in new (SqliteProjection, ISqliteModel)[] { (_side.Users, _side.UsersModel), (_side.Connections, _side.ConnectionsModel) })
        {
            var events = await _side.EventsForAsync(projection);
            events.ShouldNotBeEmpty();
            for (var i = 0; i < events.Count; i++)
            {
                await projection.ApplyAsync([events[i]], events[i].Position, CancellationToken.None);
                var before = _side.Everything(model);
                await projection.ApplyAsync([events[i]], events[i].Position, CancellationToken.None);
                await projection.ApplyAsync(events[..(i + 1)], events[i].Position, CancellationToken.None);
                _side.Everything(model).ShouldBe(before, $"{events[i].Event}");
            }
        }
    }

    [Fact]
    public async Task Who_finds_that_another_moved_the_checkpoint_changes_nothing()
    {
        await HistoryAsync();
        var events = await _side.EventsForAsync(_side.Connections);
        using var other = _side.Open(_side.ConnectionsModel);
        await _side.Connections.ApplyAsync(events[..2], events[1].Position, CancellationToken.None);
        var before = _side.Everything(_side.ConnectionsModel);

        await Should.ThrowAsync<CheckpointMovedException>(other.ApplyAsync(events, events[^1].Position, CancellationToken.None).AsTask());

        _side.Everything(_side.ConnectionsModel).ShouldBe(before);
        (await other.ReloadAsync(CancellationToken.None)).ShouldBe(events[1].Position);
        await other.ApplyAsync(events, events[^1].Position, CancellationToken.None);
        (await _side.ConnectionsReader.ListAsync(Ann)).Entries.Single().State.ShouldBe(ConnectionView.Connected);
    }

    [Fact]
    public async Task An_event_that_cannot_be_applied_stops_it_there_and_resuming_goes_on()
    {
        await HistoryAsync();
        var model = new PoisonableModel(_side.ConnectionsModel) { IsPoisoned = true };
        using var projection = _side.Open(model);
        var runner = new ProjectionRunner(projection, _side.Log, _side.Codec, TimeProvider.System);
        var stopped = new TaskCompletionSource<ProjectionFailure>(TaskCreationOptions.RunContinuationsAsynchronously);
        runner.OnFailure = failure => stopped.TrySetResult(failure);
        using var stop = new CancellationTokenSource();
        var running = Task.Run(() => runner.RunAsync(stop.Token));

        var failure = await stopped.Task.WaitAsync(TimeSpan.FromSeconds(60));

        var poison = (await _side.EventsForAsync(projection)).Single(e => e.Event is InviteAccepted);
        failure.ShouldBe(new ProjectionFailure(poison.Position, poison.Stream, nameof(InvalidOperationException), "invite-accepted.v1"));
        runner.Status.ShouldBe(new ProjectionStatus(ProjectionState.Stopped, failure));
        projection.Position.ShouldBeLessThan(poison.Position);
        (await _side.ConnectionsReader.ListAsync(Ann)).Entries.Single().State.ShouldBe(ConnectionView.Inviting, "what came before is kept");

        model.IsPoisoned = false;
        runner.Resume();
        await projection.WaitAsync(await _side.Log.HeadAsync(), stop.Token).WaitAsync(TimeSpan.FromSeconds(60));
        (await _side.ConnectionsReader.ListAsync(Ann)).Entries.Single().State.ShouldBe(ConnectionView.Connected);
        await stop.CancelAsync();
        await running;
    }

    public void Dispose() => _side.Dispose();

    private async Task HistoryAsync()
    {
        await _side.AppendAsync(
            StreamNames.Of(Ann), new UserInvited(Ann, new(Ann, "+4915112345000"), Bob, Start),
            new RegistrationRequested(Ann, Guid.Empty, new(Ann, "Ann"), new(Ann, ""), new(Ann, "+4915112345000"), Start),
            new UserVerified(Ann, Guid.Empty, new(Ann, "Ann"), new(Ann, ""), new(Ann, "+4915112345000"), new(Ann, "key"), 1, Again: false, Start),
            new TokensRevoked(Ann, 2, Start), new SquareTaken(Ann, Pair.Id, -1, Start));
        await _side.AppendAsync(StreamNames.Of(Bob), new UserInvited(Bob, new(Bob, "+4915112345100"), Ann, Start));
        await _side.AppendAsync(StreamNames.Of(Pair.Id), Pair.Invites(Ann), Pair.CancelsUnseen(Ann), Pair.Invites(Bob), Pair.Rejects(Ann), Pair.Acknowledges(Bob));
        await _side.AppendAsync(StreamNames.Of(Pair.Id), Pair.Invites(Ann), Pair.CancelsSeen(Ann), Pair.ClearsEntry(Bob), Pair.Invites(Ann));
        await _side.AppendAsync(StreamNames.Of(Pair.Id), Pair.Accepts(Bob));
        await _side.AppendAsync(StreamNames.Of(Ann), new SquareFreed(Ann, Pair.Id, Start));
    }

    /// <summary>A model that cannot take one kind of event, until it is mended.</summary>
    private sealed class PoisonableModel(ISqliteModel model) : ISqliteModel
    {
        public volatile bool IsPoisoned;

        public string Name => model.Name;

        public Cqrs.EventStore.Log.LogFilter Filter => model.Filter;

        public string Schema => model.Schema;

        public IReadOnlySet<string> Opens => model.Opens;

        public void Apply(SqliteTables write, ProjectedEvent projected)
        {
            if (IsPoisoned && projected.Event is InviteAccepted) throw new InvalidOperationException();
            model.Apply(write, projected);
        }
    }
}
