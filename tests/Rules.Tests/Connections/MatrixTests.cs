using System.Text;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Rules.Tests.Specifications;
using static Cqrs.Rules.Tests.Connections.Pair;

namespace Cqrs.Rules.Tests.Connections;

/// <summary>
/// Every state that two people can reach, every command, every side: what comes of it and what the two then see, as a
/// text that people can read and approve.
/// </summary>
public sealed class MatrixTests
{
    private static readonly IDomainEvent[] CancelledSeen = [Invites(Ann), Sees(Bob), CancelsSeen(Ann)];

    private static readonly IDomainEvent[] RejectedAcknowledged = [Invites(Ann), Rejects(Bob), Acknowledges(Ann)];

    private static readonly (string Name, IDomainEvent[] History)[] States =
    [
        ("nothing", []),
        ("inviting, unseen", [Invites(Ann)]),
        ("inviting, link opened", [Invites(Ann), OpensLinkOf(Ann)]),
        ("inviting, seen", [Invites(Ann), Sees(Bob)]),
        ("cancelled unseen", [Invites(Ann), CancelsUnseen(Ann)]),
        ("cancelled seen: contact held by Bob", CancelledSeen),
        ("contact held by Bob, invited anew, unseen", [.. CancelledSeen, Invites(Ann)]),
        ("contact held by Bob, invited anew, seen", [.. CancelledSeen, Invites(Ann), Sees(Bob)]),
        ("contact held by Bob, who asks himself", [.. CancelledSeen, Invites(Bob)]),
        ("contact cleared", [.. CancelledSeen, ClearsEntry(Bob)]),
        ("connected", [Invites(Ann), Accepts(Bob)]),
        ("disconnected by Ann: contact held by Bob", [Invites(Ann), Accepts(Bob), Disconnects(Ann)]),
        ("disconnected by Bob: contact held by Ann", [Invites(Ann), Accepts(Bob), Disconnects(Bob)]),
        ("contact held by Ann, invited anew by Bob", [Invites(Ann), Accepts(Bob), Disconnects(Bob), Invites(Bob)]),
        ("rejected", [Invites(Ann), Rejects(Bob)]),
        ("rejected, then asked back by Bob", [Invites(Ann), Rejects(Bob), Invites(Bob)]),
        ("rejected and acknowledged", RejectedAcknowledged),
        ("rejected, then invited again", [.. RejectedAcknowledged, Invites(Ann)]),
        ("rejected, then invited again and cancelled unseen", [.. RejectedAcknowledged, Invites(Ann), CancelsUnseen(Ann)]),
        ("rejected, invited again three times, acknowledged", [.. Enumerable.Repeat(RejectedAcknowledged, 4).SelectMany(events => events)]),
        ("Ann was forgotten", [Invites(Ann), Accepts(Bob), IsForgotten(Ann)]),
    ];

    private static readonly (string Name, Func<UserId, Func<Connection, Decision>> By)[] Commands =
    [
        ("invite", by => Invite(by)),
        ("see", See),
        ("accept", Accept),
        ("reject", Reject),
        ("acknowledge", Acknowledge),
        ("clear", Clear),
        ("open link", _ => OpenLink()),
        ("forget", Forget),
        ("lapse", Lapse),
    ];

    [Fact]
    public void Everyone_in_every_state_gets_the_approved_answer()
    {
        var matrix = new StringBuilder("""
            Ann asked first. A cell tells what comes of a command by that person: "." is accepted without an event,
            lower case is a refusal, an event is followed by what Ann and Bob then see. [brackets]: takes a square.
            A stranger has no pair with either here; his invite would be to another stream.

            """);
        foreach (var (name, history) in States)
        {
            var given = GivenConnection(history);
            matrix.Append($"\n{name}: {Views(given.State)}\n");
            AppendRow(matrix, "", "Ann", "Bob", "a stranger");
            foreach (var (command, by) in Commands)
            {
                var stranger = string.Equals(command, "invite", StringComparison.Ordinal) ? "" : Cell(given, by(Cid));
                AppendRow(matrix, command, Cell(given, by(Ann)), Cell(given, by(Bob)), stranger);
            }
        }

        matrix.ToString().ReplaceLineEndings("\n").ShouldBeApproved("Connections/Matrix.approved.txt");
    }

    public static IEnumerable<object[]> AllCells() =>
        from state in States from command in Commands select new object[] { state.Name, command.Name };

    [Theory]
    [MemberData(nameof(AllCells))]
    public void What_took_effect_once_takes_effect_once(string stateName, string commandName)
    {
        var state = GivenConnection(States.Single(state => state.Name == stateName).History).State;
        var by = Commands.Single(command => command.Name == commandName).By;
        foreach (var user in new[] { Ann, Bob, Cid })
        {
            if (commandName == "invite" && user == Cid) continue;
            if (commandName == "lapse") continue; // moves the version each time: see WhatOneSeesTests
            var first = by(user)(state);
            var second = by(user)(first.Events.Aggregate(state, (connection, @event) => connection.Evolve(@event)));
            second.Events.ShouldBeEmpty();
            second.Refusal.ShouldBe(first.Refusal);
        }
    }

    private static string Cell(Specification<Connection> given, Func<Connection, Decision> command)
    {
        var decision = command(given.State);
        if (decision.Refusal is { } refusal)
        {
            decision.Events.ShouldBeEmpty();
            return refusal.Code;
        }

        if (decision.Events.Count == 0) return ".";
        var after = decision.Events.Aggregate(given.State, (connection, @event) => connection.Evolve(@event));
        return $"{string.Join('+', decision.Events.Select(@event => @event.GetType().Name))} {Views(after)}";
    }

    private static string Views(Connection connection) => $"{View(connection, Ann)}/{View(connection, Bob)}";

    private static string View(Connection connection, UserId user)
    {
        var view = connection.ViewOf(user).ToString().ToLowerInvariant();
        return connection.TakesSquareOf(user) ? $"[{view}]" : view;
    }

    private static void AppendRow(StringBuilder text, string command, string ann, string bob, string stranger) =>
        text.Append($"  {command,-12}| {ann,-42}| {bob,-42}| {stranger}".TrimEnd()).Append('\n');
}
