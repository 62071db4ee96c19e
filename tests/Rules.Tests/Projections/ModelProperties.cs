using Cqrs.Domain.Connections;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.Projections.Engine;
using Cqrs.Rules.Tests.Interleavings;
using Cqrs.Rules.Tests.Properties;

namespace Cqrs.Rules.Tests.Projections;

/// <summary>After any interleaving the read models say of both sides what the log says, and no more squares than it holds.</summary>
public sealed class ModelProperties
{
    private static readonly (int, Act)[] Acts =
    [
        (3, Act.Register), (3, Act.Verify), (12, Act.Invite), (6, Act.Accept), (3, Act.Reject), (2, Act.Acknowledge), (6, Act.Clear), (3, Act.See), (1, Act.Forget),
    ];

    [Fact]
    public void The_read_models_agree_with_the_log() =>
        PropertyChecks.ForAllHistories(Interleavings.Step.Among(Acts), histories: 60, longest: 120, steps =>
            ShouldAgreeAsync(World.Play(Interleavings.Step.People - 1, steps)).GetAwaiter().GetResult());

    private static async Task ShouldAgreeAsync(World world)
    {
        using var side = new ReadSide(world.Keys);
        var (half, head) = (new LogPosition(world.Watch.All.Count / 2), new LogPosition(world.Watch.All.Count));
        foreach (var projection in new[] { side.Users, side.Connections })
        {
            var recorded = world.Watch.All.Select(e => e.Recorded).Where(e => projection.Filter.Types.Contains(e.Type)).ToList();
            var events = await side.Codec.ForModelAsync(recorded, new(projection.Opens, Checks: true), CancellationToken.None);
            await projection.ApplyAsync([.. events.Where(e => e.Position <= half)], half, CancellationToken.None);
            await projection.ApplyAsync(events, head, CancellationToken.None);
        }

        foreach (var (id, user) in world.Watch.Users)
        {
            var list = await side.ConnectionsReader.ListAsync(id);
            list.Entries.Select(entry => (entry.Connection, entry.State)).OrderBy(entry => entry.Connection).ShouldBe(
                world.Watch.ConnectionsOf(id).Select(pair => (Connection: pair.Id, State: pair.Pair.ViewOf(id)))
                    .Where(entry => entry.State != ConnectionView.None).OrderBy(entry => entry.Connection),
                world.Scheduler.Trace);
            list.SquaresUsed.ShouldBe(user.Squares.Length, world.Scheduler.Trace);
            var view = (await side.UsersReader.FindAsync(id)).ShouldNotBeNull();
            (view.Status, view.Epoch, view.SquaresUsed).ShouldBe((user.Status, user.Epoch, user.Squares.Length), world.Scheduler.Trace);
            side.UsersReader.EpochOf(id).ShouldBe(user.Status == UserStatus.Verified ? user.Epoch : null);
        }
    }
}
