using Cqrs.Commands.Connections;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Cli.Simulation;

/// <summary>What members do in the app. They look at their squares, and whatever they see they may do something about.</summary>
internal sealed class Visits(Society society, Agenda agenda, Dice dice, WriteSide side, int squares)
{
    private static readonly TimeSpan OldInvite = TimeSpan.FromDays(10);

    /// <summary>Registers somebody who lost his token.</summary>
    public required Func<Person, Task> RegisterAgain { get; init; }

    /// <summary>From now on he visits every now and then, until one day he comes no more.</summary>
    public void Begin(Person person)
    {
        agenda.In(TimeSpan.FromSeconds(dice.Between(5, 60)), () => VisitAsync(person, joined: agenda.Now, comesAgain: true));
    }

    private async Task VisitAsync(Person person, DateTimeOffset joined, bool comesAgain)
    {
        if (person.Stage != Stage.Member) return;
        if (comesAgain && !dice.Chance(0.012))
        {
            // The new is exciting; later one comes by less often.
            var age = (agenda.Now - joined).TotalDays;
            agenda.ByDayIn(dice.Waiting(TimeSpan.FromDays(person.DaysBetweenVisits * (1 + (age / 90)))), () => VisitAsync(person, joined, comesAgain: true));
        }

        if (await HasOtherWorriesAsync(person)) return;
        var steps = new Steps(agenda, dice);
        var used = 0;
        foreach (var known in person.Acquaintances.ToList())
        {
            var pair = (await side.Streams.LoadAsync(known.Connection)).State;
            used += pair.TakesSquareOf(person.Id) ? 1 : 0;
            if (pair is { Phase: ConnectionPhase.Apart, ContactOf: null }) person.Acquaintances.Remove(known);
            else LookAt(person, known, pair, steps);
        }

        for (; used < squares && dice.Chance(used < 3 ? 0.6 : 0.25); used++)
            if (society.FriendOf(person) is { } friend && friend != person) steps.Then(() => InviteAsync(person, friend));
    }

    private async Task<bool> HasOtherWorriesAsync(Person person)
    {
        switch (dice.Between(0, 1))
        {
            case < 0.004:
                await RegisterAgain(person);
                return true;
            case < 0.005:
                await side.Revoke.HandleAsync(new(person.Id), society.Command(person));
                agenda.In(TimeSpan.FromMinutes(dice.Between(2, 600)), () => person.Stage == Stage.Member ? RegisterAgain(person) : Task.CompletedTask);
                return true;
            case < 0.0055:
                await society.LeavesAsync(person, side);
                return true;
            default:
                return false;
        }
    }

    private void LookAt(Person person, Acquaintance known, Connection pair, Steps steps)
    {
        switch (pair.ViewOf(person.Id))
        {
            case ConnectionView.Invited:
                if (!pair.Invite!.Seen && dice.Chance(0.9)) steps.Then(() => StepAsync(person, known, ConnectionStep.See));
                if (dice.Chance(0.55)) steps.Then(() => StepAsync(person, known, ConnectionStep.Accept));
                else if (dice.Chance(0.2)) steps.Then(() => StepAsync(person, known, dice.Chance(0.7) ? ConnectionStep.Reject : ConnectionStep.Clear));
                break;
            case ConnectionView.Inviting when agenda.Now - known.Since > OldInvite && dice.Chance(0.3):
            case ConnectionView.Connected when dice.Chance(0.02):
            case ConnectionView.Contact when dice.Chance(0.1):
                steps.Then(() => StepAsync(person, known, ConnectionStep.Clear));
                break;
            case ConnectionView.Rejected when dice.Chance(0.7):
                steps.Then(() => StepAsync(person, known, dice.Chance(0.7) ? ConnectionStep.Acknowledge : ConnectionStep.Clear));
                if (dice.Chance(0.15)) steps.Then(() => InviteAsync(person, known.Other));
                break;
            case ConnectionView.Contact when dice.Chance(0.1):
                steps.Then(() => InviteAsync(person, known.Other));
                break;
        }
    }

    private async Task StepAsync(Person person, Acquaintance known, ConnectionStep step)
    {
        if (person.Stage == Stage.Member) await side.Step.HandleAsync(new(person.Id, known.Connection, step), society.Command(person));
    }

    private async Task InviteAsync(Person by, Person friend)
    {
        if (by.Stage != Stage.Member || friend.Stage == Stage.Left) return;
        var command = new InviteSomeone(by.Id, CalledBy(friend), friend.Phone);
        if ((await side.Invite.HandleAsync(command, society.Command(by))).Value is not { IsNew: true, Code: { } code } invite) return;
        by.Meets(friend, invite.Connection, agenda.Now);
        friend.Meets(by, invite.Connection, agenda.Now);
        if (friend.Stage == Stage.Member) Notices(friend, by);
        else HearsOf(friend, invite.Connection, code);
    }

    // A push wakes his phone; some think of the other at the same time and invite him, too.
    private void Notices(Person friend, Person by)
    {
        if (dice.Chance(0.04)) agenda.In(TimeSpan.FromMinutes(dice.Between(0.2, 15)), () => InviteAsync(friend, by));
        else if (dice.Chance(0.6)) agenda.ByDayIn(dice.Waiting(TimeSpan.FromHours(4)), () => VisitAsync(friend, agenda.Now, comesAgain: false));
    }

    // Half never answer.
    private void HearsOf(Person outsider, ConnectionId connection, string code)
    {
        if (dice.Chance(0.5)) society.IsInvited(outsider);
        if (dice.Chance(0.45)) agenda.ByDayIn(dice.Waiting(TimeSpan.FromHours(9)), () => side.OpenLink.HandleAsync(new(connection, code), society.Command()));
    }

    // In phone books people stand under all kinds of names.
    private PersonName CalledBy(Person friend) => dice.Chance(0.8) ? friend.Name : PersonName.TryMake(friend.Name.First, "")!;

    /// <summary>One thing after the other, as fast as people tap.</summary>
    private sealed class Steps(Agenda agenda, Dice dice)
    {
        private TimeSpan _wait;

        public void Then(Func<Task> happens) => agenda.In(_wait += TimeSpan.FromSeconds(dice.Between(2, 20)), happens);
    }
}
