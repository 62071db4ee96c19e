using Cqrs.Commands.Execution;
using Cqrs.Commands.Users;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Simulation;

/// <summary>Those of whom a history tells: who uses the app, and who has been invited and does not.</summary>
internal sealed class Society(Agenda agenda, Dice dice) : IConnectionsOfUser
{
    private readonly Population _population = new(dice);
    private readonly List<Person> _members = [];
    private readonly List<Person> _invited = [];
    private readonly Dictionary<UserId, Person> _leaving = [];

    public int Members => _members.Count;

    /// <summary>A request, now.</summary>
    /// <param name="by">Null for somebody who is nobody yet.</param>
    public CommandContext Command(Person? by = null) => new(new(dice.Id()), agenda.Now, by?.Id);

    /// <summary>Somebody who comes to the app: most were invited, some heard of it elsewhere.</summary>
    public Person? Newcomer()
    {
        if (dice.Chance(0.2)) return Stranger();
        while (_invited.Count > 0)
        {
            var at = dice.Number(_invited.Count);
            var invited = _invited[at];
            _invited[at] = _invited[^1];
            _invited.RemoveAt(_invited.Count - 1);
            if (invited.Stage == Stage.Outside) return invited;
        }

        return Stranger();
    }

    /// <summary>Somebody whom nobody here knows; null when there are no more numbers.</summary>
    public Person? Stranger() => _population.IsExhausted ? null : _population.Make();

    /// <summary>Somebody in the phone book of a member: a friend of a friend, somebody who uses the app, or does not.</summary>
    public Person? FriendOf(Person person)
    {
        var luck = dice.Between(0, 1);
        if (luck < 0.4 && person.Acquaintances.Count > 0)
        {
            var friend = dice.OneOf(person.Acquaintances).Other;
            return friend.Acquaintances.Count > 0 ? dice.OneOf(friend.Acquaintances).Other : friend;
        }

        if (luck < 0.5 && _invited.Count > 0) return dice.OneOf(_invited);
        return luck < 0.65 && _members.Count > 0 ? dice.OneOf(_members) : Stranger();
    }

    public void Joins(Person person) => _members.Add(person);

    /// <summary>He has no app and may get it; more than once invited, more likely so.</summary>
    public void IsInvited(Person outsider) => _invited.Add(outsider);

    public async Task LeavesAsync(Person person, WriteSide side)
    {
        _leaving[person.Id] = person;
        await side.ForgetAsync(person.Id, Command(person));
        _leaving.Remove(person.Id);
        person.Stage = Stage.Left;
        _members.Remove(person);
    }

    public ValueTask<IReadOnlyList<ConnectionId>> FindAsync(UserId user, LogPosition atLeast, CancellationToken cancel) =>
        new([.. _leaving[user].Acquaintances.Select(known => known.Connection)]);
}
