using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Trace;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs trace</c> beside a running server.</summary>
public sealed class TraceTests(AcquaintedFixture story) : IClassFixture<AcquaintedFixture>
{
    [Fact]
    public async Task An_invite_with_its_square_and_its_push()
    {
        var rows = await TraceAsync("invite-sent.v1", rows => rows.Any(row => Text(row, "kind") == "message" && Text(row, "state") == "done"));

        rows.Select(row => (row.GetProperty("depth").GetInt32(), Text(row, "kind"), Text(row, "what"))).ShouldBe(
        [
            (0, "command", $"by {story.Ada.UserId}"),
            (1, "command", $"by {story.Ada.UserId}"),
            (2, "event", "square-taken.v1"),
            (1, "event", "invite-sent.v1"),
            (2, "message", "push invited"),
        ]);
        Text(rows[2], "parent").ShouldBe(Text(rows[1], "id"));
        Text(rows[1], "parent").ShouldBe(Text(rows[0], "id"));
        Text(rows[0], "parent").ShouldBeNull();
        Text(rows[3], "place").ShouldBe($"connection-{story.Connection}@0");
    }

    [Fact]
    public async Task A_user_without_a_device_is_sent_nothing()
    {
        var (inviter, invitee) = (await Phone.RegisteredAsync(story.Server, "Ian", "Menabrea"), await Phone.RegisteredAsync(story.Server, "Joy", "Somerville"));
        await inviter.InvitesAsync(invitee);
        await story.Server.FollowedAsync("push-relay");

        var rows = await TraceAsync("invite-sent.v1", _ => true, inviter.UserId);

        rows.ShouldContain(row => Text(row, "what") == "invite-sent.v1");
        rows.ShouldNotContain(row => Text(row, "kind") == "message");
    }

    [Fact]
    public async Task A_code_by_sms() =>
        (await TraceAsync("registration-requested.v1", rows => rows.Any(row => Text(row, "state") == "done")))
            .Single(row => Text(row, "kind") == "message").GetProperty("what").GetString().ShouldBe("sms");

    [Fact]
    public async Task A_reaction_of_a_process_manager_is_below_its_event()
    {
        var (leaver, stayer) = (await Phone.RegisteredAsync(story.Server, "Gil", "Menabrea"), await Phone.RegisteredAsync(story.Server, "Hal", "Somerville"));
        var connection = await leaver.InvitesAsync(stayer);

        // The process manager must not be reading the invite when the user leaves: it would then close the invite because
        // of the invite, not because of the user.
        await story.Server.FollowedAsync("forgetting");
        (await leaver.DeleteAsync("/me")).ShouldBe(204);

        var rows = await TraceAsync("user-forgotten.v1", rows => rows.Any(row => Text(row, "place") == $"connection-{connection}@1"), leaver.UserId);

        var forgotten = rows.Single(row => Text(row, "what") == "user-forgotten.v1");
        var closed = rows.Single(row => Text(row, "what") == "party-forgotten.v1");
        var reaction = rows.Single(row => Text(row, "kind") == "command" && Text(row, "id") == Text(closed, "parent"));
        Text(reaction, "parent").ShouldBe(Text(forgotten, "id"));
        Text(reaction, "what").ShouldBe("by system");
    }

    [Fact]
    public async Task A_table_is_a_tree()
    {
        var correlation = await CorrelationAsync("invite-sent.v1", story.Ada.UserId);
        var lines = (await CqrsShell.RunAsync(story.Server, "trace", correlation)).ShouldSucceed().Lines;
        lines[0].TrimEnd().ShouldBe($"correlation {correlation}");
        lines[1].ShouldStartWith("└── command ");
        lines.ShouldContain(line => line.StartsWith("    ├── command ", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Contains($"invite-sent.v1", StringComparison.Ordinal) && line.TrimEnd().EndsWith($"connection-{story.Connection}@0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_correlation_without_events_is_an_error()
    {
        (await CqrsShell.RunAsync(story.Server, "trace", Guid.NewGuid().ToString())).ShouldFail(ExitCodes.NoInput, "Nothing is recorded under");
        (await CqrsShell.RunAsync(story.Server, "trace", "today")).ShouldFail(ExitCodes.Usage, "'today' is no id");
    }

    [Fact]
    public void Two_commands_that_name_each_other_as_cause_are_both_shown()
    {
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        var tree = new TraceTree();
        tree.Add(Recorded(1), Caused(by: other, command: one));
        tree.Add(Recorded(2), Caused(by: one, command: other));

        var root = tree.Roots().ShouldHaveSingleItem();

        Lines([root]).ShouldBe(["command", "event", "command", "event"], ignoreOrder: true);
        TraceWalk.Of([root]).Count(step => step.Node.FollowsFromItself).ShouldBe(1);
    }

    [Fact]
    public void A_command_that_names_its_own_event_as_cause_is_a_root()
    {
        var @event = Guid.NewGuid();
        var tree = new TraceTree();
        tree.Add(Recorded(1, @event), Caused(by: @event, command: Guid.NewGuid()));

        var root = tree.Roots().ShouldHaveSingleItem();

        Lines([root]).ShouldBe(["command", "event"]);
        root.Line.ShouldEndWith("(its recorded cause follows from itself)");
    }

    [Fact]
    public void An_event_with_the_id_of_its_command_is_shown()
    {
        var id = Guid.NewGuid();
        var tree = new TraceTree();
        tree.Add(Recorded(1, id), Caused(by: id, command: id));

        Lines(tree.Roots()).ShouldBe(["command", "event"]);
    }

    [Fact]
    public void Commands_and_events_that_lead_to_each_other_in_a_circle_are_all_shown_once()
    {
        var (first, second, third) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var (ofFirst, ofSecond, ofThird) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var tree = new TraceTree();
        tree.Add(Recorded(3, ofFirst), Caused(by: ofThird, command: first));
        tree.Add(Recorded(4, ofSecond), Caused(by: ofFirst, command: second));
        tree.Add(Recorded(5, ofThird), Caused(by: ofSecond, command: third));
        tree.Add(Recorded(6), Caused(by: first, command: third));

        Lines(tree.Roots()).Order(StringComparer.Ordinal).ShouldBe(["command", "command", "command", "event", "event", "event", "event"]);
    }

    [Fact]
    public async Task A_chain_of_causes_as_long_as_a_log_is_shown()
    {
        const int length = 50_000;
        var (tree, cause) = (new TraceTree(), Guid.NewGuid());
        for (var position = 1; position <= length; position++)
        {
            var command = Guid.NewGuid();
            tree.Add(Recorded(position), Caused(by: cause, command));
            cause = command;
        }

        var steps = await Task.Run(() => TraceWalk.Of(tree.Roots()).ToList()).WaitAsync(TimeSpan.FromMinutes(1));

        steps.Count.ShouldBe((2 * length) + 1, "and the command at its beginning that appended nothing");
        steps[^1].Depth.ShouldBeGreaterThanOrEqualTo(length);
    }

    [Fact]
    public async Task A_chain_too_deep_for_the_terminal_and_a_loop_are_drawn()
    {
        using var folder = new DataFolder();
        var (correlation, ids) = (Guid.NewGuid(), Enumerable.Range(0, 40).Select(_ => Guid.NewGuid()).ToList());
        await using (var log = SqliteEventLog.Open(folder.Path))
        {
            for (var i = 0; i < ids.Count; i++)
            {
                var metadata = new EventMetadata(new(ids[i]), correlation, ids[(i + ids.Count - 1) % ids.Count], Actor: null, DateTimeOffset.UnixEpoch);
                await log.AppendAsync($"thing-{i}", ExpectedVersion.NoStream, [new(Guid.NewGuid(), "happened.v1", "{}"u8.ToArray(), metadata.ToJson())]);
            }
        }

        foreach (var width in new int?[] { null, 80 })
        {
            var drawn = (await CqrsShell.RunAsync(["trace", correlation.ToString(), "--data", folder.Path], width)).ShouldSucceed().Output;
            foreach (var i in Enumerable.Range(0, ids.Count)) drawn.ShouldContain($"thing-{i}@0");
        }

        (await CqrsShell.RunAsync(["trace", correlation.ToString(), "--data", folder.Path], width: 20)).ShouldSucceed().Output.ShouldContain("correlation");
        (await CqrsShell.RunAsync(["trace", correlation.ToString(), "--format", "jsonl", "--data", folder.Path])).ShouldSucceed().Rows.Count.ShouldBe(80);
    }

    [Fact]
    public void A_command_that_appended_nothing_is_known_by_what_it_led_to()
    {
        var (whole, part) = (Guid.NewGuid(), Guid.NewGuid());
        var tree = new TraceTree();
        tree.Add(new(new(1), "user-1", 0, Guid.NewGuid(), "told.v1", default, default, default, IsJson: true), new(new CommandId(part), whole, whole, Actor: null, default));

        var root = tree.Roots().ShouldHaveSingleItem();
        (root.Id, root.What).ShouldBe((whole, "(appended nothing)"));
        root.Led.ShouldHaveSingleItem().Id.ShouldBe(part);
    }

    private static RecordedEvent Recorded(long position, Guid? id = null) =>
        new(new(position), "user-1", position, id ?? Guid.NewGuid(), "told.v1", default, default, default, IsJson: true);

    private static EventMetadata Caused(Guid by, Guid command) => new(new(command), CorrelationId: default, by, Actor: null, default);

    private static IEnumerable<string> Lines(IReadOnlyList<TraceNode> roots) => TraceWalk.Of(roots).Select(step => step.Node.Kind);

    /// <summary>Returns the trace of the request that appended the first event of a type, once the condition holds.</summary>
    private async Task<IReadOnlyList<JsonElement>> TraceAsync(string type, Func<IReadOnlyList<JsonElement>, bool> isThere, Guid? user = null)
    {
        var correlation = await CorrelationAsync(type, user ?? story.Ada.UserId);
        return await Wait.UntilAsync(async () => (await CqrsShell.RunAsync(story.Server, "trace", correlation, "--format", "jsonl")).ShouldSucceed().Rows, isThere);
    }

    private async Task<string> CorrelationAsync(string type, Guid user)
    {
        var events = await story.Server.RecordedAsync();
        var first = events.First(e => e.Type == type && System.Text.Encoding.UTF8.GetString(e.Data.Span).Contains(user.ToString(), StringComparison.Ordinal));
        return EventMetadata.Read(first.Metadata.Span).CorrelationId.ToString();
    }

    private static string? Text(JsonElement row, string field) => row.GetProperty(field).GetString();
}
