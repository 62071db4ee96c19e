using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.PersonalData;
using Cqrs.Survival.Tests.Audit;
using Cqrs.Survival.Tests.Processes;
using static Cqrs.Survival.Tests.Crashes.Cast;

namespace Cqrs.Survival.Tests.Crashes;

/// <summary>The process dies between two writes of one command, at every place where it can.</summary>
public sealed class CrashBetweenWritesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    public static TheoryData<string, int, bool> Places()
    {
        var places = new TheoryData<string, int, bool>();
        foreach (var scenario in Scenario.All)
        {
            for (var writes = 0; writes <= scenario.Writes; writes++)
            {
                places.Add(scenario.Name, writes, true);
                places.Add(scenario.Name, writes, false);
            }
        }

        return places;
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_command_that_was_cut_off_is_done_when_it_is_sent_again(string name, int writes, bool retryFirst)
    {
        var scenario = Scenario.All.Single(scenario => scenario.Name == name);
        var command = new CommandId(Guid.NewGuid());
        var before = await PrepareAsync(scenario);

        await using (var mortal = new Node(_folder.Path, new Fuse(writes)))
        {
            var trying = scenario.Act(new(mortal), before, command);
            if (writes < scenario.Writes) await trying.ShouldThrowAsync<DiedException>();
            else (await trying).ShouldBe(scenario.Answer);
        }

        // After the restart: the phone is faster than the process managers, or slower.
        if (!retryFirst) await SettleAsync(isDone: writes == scenario.Writes);
        var head = (await LogAudit.ReadAsync(_folder.Path)).Head;
        await using (var node = new Node(_folder.Path, Fuse.Unbreakable))
            (await scenario.Act(new(node), before, command)).ShouldBe(scenario.Answer);
        if (writes == scenario.Writes) (await LogAudit.ReadAsync(_folder.Path)).Head.ShouldBe(head, "nothing is done twice");

        await SettleAsync(isDone: true);
        await NothingIsStuckAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Forgetting_that_was_begun_is_completed_though_nobody_asks_again(int writes)
    {
        var scenario = Scenario.All.Single(scenario => scenario.Name == "delete");
        var ann = new UserId(Guid.Parse(await PrepareAsync(scenario)));
        await using (var mortal = new Node(_folder.Path, new Fuse(writes)))
        {
            var trying = new Cast(mortal).LeaveAsync(ann);
            if (writes < scenario.Writes) await trying.ShouldThrowAsync<DiedException>();
            else await trying;
        }

        await SettleAsync(isDone: true);

        var audit = await LogAudit.ReadAsync(_folder.Path);
        await using var node = new Node(_folder.Path, Fuse.Unbreakable);
        var isGone = writes > 0;
        audit.Users[ann].Status.ShouldBe(isGone ? UserStatus.Forgotten : UserStatus.Verified);
        audit.Phones.Any(phone => phone.Owner == ann).ShouldBe(!isGone);
        (await node.Keys.FindAsync(ann)).State.ShouldBe(isGone ? SubjectKeyState.Forgotten : SubjectKeyState.Present);
        foreach (var (_, pair) in audit.Connections.Where(pair => pair.State.IsParty(ann)))
            (pair.ViewOf(pair.Invite!.Inviter) == ConnectionView.None && pair.ViewOf(pair.Invite.Invitee) == ConnectionView.None).ShouldBe(isGone);
        audit.Users.Values.Sum(user => user.Squares.Length).ShouldBe(isGone ? 0 : 4);
    }

    [Fact]
    public async Task An_invite_whose_inviter_leaves_in_that_very_moment_reaches_nobody()
    {
        await PrepareAsync(Scenario.All[0]);
        await using (var node = new Node(_folder.Path, Fuse.Unbreakable))
        {
            var cast = new Cast(node);
            var ann = await cast.IdAsync(Ann);
            node.Log.Meanwhile = ("invite-sent.v1", async () =>
            {
                await using var other = new Node(_folder.Path, Fuse.Unbreakable);
                (await new Cast(other).LeaveAsync(ann)).ShouldBe("done");
                await other.SettleAsync();
            }
            );
            await cast.InviteAsync(Ann, Ben);
        }

        await SettleAsync(isDone: true);

        (await LogAudit.ReadAsync(_folder.Path)).Connections.ShouldAllBe(pair => pair.State.ViewOf(pair.State.Invite!.Invitee) == ConnectionView.None);
    }

    private async Task<string> PrepareAsync(Scenario scenario)
    {
        await using var node = new Node(_folder.Path, Fuse.Unbreakable);
        var cast = new Cast(node);
        foreach (var phone in (string[])[Ann, Ben, Cleo, Dora]) await cast.JoinAsync(phone);
        return await scenario.Prepare(cast);
    }

    private async Task SettleAsync(bool isDone)
    {
        await using (var node = new Node(_folder.Path, Fuse.Unbreakable)) await node.SettleAsync();
        var audit = await LogAudit.ReadAsync(_folder.Path);
        audit.Faults.ShouldBeEmpty();
        audit.Leaks.ShouldBeEmpty();

        // Half-done, a number may be claimed by a user who is not there yet; the next who asks for it goes on from there.
        foreach (var owner in audit.Phones.Where(phone => phone.Owner is not null).Select(phone => phone.Owner!.Value))
            (audit.Users.TryGetValue(owner, out var user) ? user.Status : UserStatus.Unknown).ShouldNotBe(isDone ? UserStatus.Unknown : UserStatus.Forgotten);
    }

    // Whatever was cut off: each number can be invited and registered with afterwards, and belongs to one user.
    private async Task NothingIsStuckAsync()
    {
        await using (var node = new Node(_folder.Path, Fuse.Unbreakable))
        {
            var cast = new Cast(node);
            foreach (var phone in (string[])[Nobody, Ann, Ben])
            {
                (await cast.InviteAsync(Dora, phone)).ShouldEndWith(phone);
                var owner = await cast.IdAsync(phone);
                await cast.JoinAsync(phone);
                (await cast.IdAsync(phone)).ShouldBe(owner);
            }
        }

        await SettleAsync(isDone: true);
    }
}
