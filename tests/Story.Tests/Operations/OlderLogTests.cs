using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Sqlite;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Story.Tests.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.Operations;

/// <summary>An operator puts back an older log, and repairs the followers of the newer one.</summary>
public sealed class OlderLogTests : IAsyncLifetime
{
    private const string Key = "the-same-key";

    private static readonly string[] Checkpointed = ["square-keeper", "forgetting", "sms-relay", "push-relay"];
    private static readonly string[] Dependencies = [.. Checkpointed, "changed bits", "projection users", "projection connections"];

    private readonly DataFolder _aside = new();
    private StoryServer _server = null!;
    private Phone _ada = null!;
    private Phone _bob = null!;
    private Phone _dora = null!;

    /// <summary>A server that has lived on after its log was copied aside, and whose followers have seen all of it.</summary>
    public async Task InitializeAsync()
    {
        _server = await StoryServer.StartAsync();
        (_ada, _bob) = (await Phone.RegisteredAsync(_server), await Phone.RegisteredAsync(_server, "Bob"));
        await FollowedAsync();
        await _server.RestartAsync(() => Copy(_server.Data.Path, _aside.Path));
        _dora = Phone.Of(_server, "Dora");
        (await _dora.AskAsync(Key)).ShouldBe(202);
        await _dora.CodeAsync();
        for (var i = 0; i < 8; i++) await Phone.RegisteredAsync(_server, $"Lost{i}");
        await _bob.StepsAsync("accept", await _ada.InvitesAsync(_bob));
        await FollowedAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _aside.Dispose();
    }

    [Fact]
    public async Task An_older_log_is_noticed_by_every_follower_and_after_the_verbs_all_is_right()
    {
        var head = await _server.HeadAsync();
        await PutBackAsync();

        // Each follower is named, with the reason and with the verb that mends it; each is logged once.
        var health = await Wait.UntilAsync(() => _server.GetAsync("/health/ready"), answer => Dependencies.All(name => StatusOf(answer, name) == "failing"));
        health.ShouldBe(503);
        foreach (var name in Dependencies) DetailOf(health, name).ShouldContain($"ahead-of-log: its checkpoint {head} lies beyond the end of the log");
        DetailOf(health, "sms-relay").ShouldContain("cqrs followers reset sms-relay");
        DetailOf(health, "changed bits").ShouldContain("cqrs followers reset changed-bits");
        DetailOf(health, "projection users").ShouldContain("cqrs followers rebuild users");

        // Commands are taken; nothing is sent and nothing is folded meanwhile.
        var carl = Phone.Of(_server, "Carl");
        (await carl.AskAsync()).ShouldBe(202);
        (await _dora.AskAsync(Key)).ShouldBe(202);
        (await _ada.GetAsync("/me", _server.Seen)).ShouldBeProblem("not-caught-up");
        var states = StatesOf(await RunAsync("followers", "list"));
        states.Keys.ShouldBe([.. Checkpointed, "changed-bits", "connections", "users"]);
        states.Values.ShouldAllBe(state => state == "ahead-of-log");
        foreach (var name in Checkpointed)
            _server.Log.Lines.Count(line => line.StartsWith($"Error {name} does not fit the log", StringComparison.Ordinal)).ShouldBe(1, name);
        var doctor = await RunAsync("doctor");
        doctor.ExitCode.ShouldBe(ExitCodes.Faults);
        foreach (var name in states.Keys)
        {
            var finding = doctor.Rows.Single(row => row.GetProperty("check").GetString() == $"follower {name}");
            finding.GetProperty("verdict").GetString().ShouldBe("fault");
            finding.GetProperty("next").GetString()!.ShouldContain("cqrs followers re");
        }

        (await _server.SmsToAsync(carl.Number)).ShouldBeEmpty();

        // The operator mends it while the server runs.
        await MendAsync();
        StatesOf(await RunAsync("followers", "list")).Values.ShouldAllBe(state => state == "ok");
        (await RunAsync("projections", "verify", "--all")).ExitCode.ShouldBe(ExitCodes.Ok);

        // Each code is sent once. Dora's is sent although her request repeats one of the lost log.
        (await _dora.VerifyAsync(await _dora.CodeAsync())).ShouldBe(200);
        (await carl.VerifyAsync(await carl.CodeAsync())).ShouldBe(200);
        (await _server.SmsToAsync(carl.Number)).Count.ShouldBe(1);
        (await _server.SmsToAsync(_ada.Number)).Count.ShouldBe(1);

        // Bob's bit was at a version that the log has not reached; Bob's list is that of the log.
        (await _bob.ListAsync()).Connections.ShouldBeEmpty();
        var invited = (await carl.InviteAsync(_bob)).ShouldBe(201).Position;
        invited.ShouldBeLessThan(head);
        var bits = _server.Services.GetRequiredService<IChangedBits>();
        await Wait.UntilAsync(() => bits.ReadAsync(_bob.MailboxKey.BitName).AsTask(), bit => bit == (true, invited));
        (await _bob.EntryAsync()).FirstName.ShouldBe("Carl");
    }

    [Fact]
    public async Task A_log_that_has_grown_past_the_checkpoints_since_is_noticed_too()
    {
        var head = await _server.HeadAsync();
        await PutBackAsync();
        await Wait.UntilAsync(() => _server.GetAsync("/health/ready"), answer => answer.Status == 503);
        while (await _server.HeadAsync() <= head) (await Phone.Of(_server, "Crowd").AskOnlyAsync()).ShouldBe(202);

        await _server.RestartAsync();

        var health = await Wait.UntilAsync(() => _server.GetAsync("/health/ready"), answer => Dependencies.All(name => StatusOf(answer, name) == "failing"));
        foreach (var name in Dependencies) DetailOf(health, name).ShouldContain("diverged-log: the log has another event at position");
        StatesOf(await RunAsync("followers", "list")).Values.ShouldAllBe(state => state == "diverged-log");
        await MendAsync();
        var carl = await Phone.RegisteredAsync(_server, "Carl");
        (await carl.MeAsync()).ShouldBe(200);
    }

    [Fact]
    public async Task Put_back_again_the_right_log_is_followed_as_if_nothing_had_been()
    {
        using var newer = new DataFolder();
        await _server.RestartAsync(() =>
        {
            Copy(_server.Data.Path, newer.Path);
            Copy(_aside.Path, _server.Data.Path);
        });
        await Wait.UntilAsync(() => _server.GetAsync("/health/ready"), answer => Dependencies.All(name => StatusOf(answer, name) == "failing"));
        var sent = (await _server.OutboxAsync()).Count;

        await _server.RestartAsync(() => Copy(newer.Path, _server.Data.Path));

        await Wait.UntilAsync(() => _server.GetAsync("/health/ready"), answer => answer.Status == 200);
        (await RunAsync("followers", "reset", "--faulty", "--yes")).ShouldSayOnly("nothing was reset");
        (await RunAsync("followers", "rebuild", "--faulty")).ShouldSayOnly("nothing was rebuilt");
        (await _dora.AskAsync(Key)).ShouldBe(202);
        (await _ada.EntryAsync()).State.ShouldBe("connected");
        await Phone.RegisteredAsync(_server, "Carl");
        (await _server.OutboxAsync()).Count.ShouldBe(sent + 1, "Dora's request was repeated, and her code was sent before");
    }

    [Fact]
    public async Task A_restored_backup_has_no_such_fault_and_one_that_was_made_in_it_says_so()
    {
        using var good = new DataFolder();
        (await RunAsync("backup", "--to", Path.Combine(good.Path, "backup"))).ExitCode.ShouldBe(ExitCodes.Ok);
        var restored = await CqrsShell.RunAsync(["restore", "--from", Path.Combine(good.Path, "backup"), "--data", Path.Combine(good.Path, "data")]);
        restored.ExitCode.ShouldBe(ExitCodes.Ok, restored.Error);
        restored.Error.ShouldNotContain("not of this log");
        StatesOf(await CqrsShell.RunAsync(["followers", "list", "--format", "jsonl", "--data", Path.Combine(good.Path, "data")])).Values.ShouldAllBe(state => state == "ok");

        await PutBackAsync();
        using var bad = new DataFolder();
        (await RunAsync("backup", "--to", Path.Combine(bad.Path, "backup"))).ExitCode.ShouldBe(ExitCodes.Ok);
        restored = await CqrsShell.RunAsync(["restore", "--from", Path.Combine(bad.Path, "backup"), "--data", Path.Combine(bad.Path, "data")]);
        restored.Error.ShouldContain("sms-relay, push-relay, changed-bits, connections, users: not of this log");
        restored.Error.ShouldContain("cqrs followers reset --faulty");
    }

    [Fact]
    public async Task A_checkpoint_is_set_to_the_start_the_head_or_a_position_and_says_what_that_means()
    {
        var head = await _server.HeadAsync();
        var asked = await CqrsShell.RunAsync(
            ["followers", "reset", "sms-relay", "--to", "head", "--data", _server.Data.Path], input: new StringReader("n\n"));
        asked.ExitCode.ShouldBe(ExitCodes.Interrupted);
        asked.Error.ShouldContain("codes that were not handed over yet are never sent");
        asked.Error.ShouldContain("Reset sms-relay? [y/N]");

        (await RunAsync("followers", "reset", "sms-relay", "--to", "7", "--yes")).Rows.Single().GetProperty("position").GetInt64().ShouldBe(7);
        (await RunAsync("followers", "reset", "push-relay", "--to", "head", "--yes")).Rows.Single().GetProperty("position").GetInt64().ShouldBeGreaterThanOrEqualTo(head);
        (await RunAsync("followers", "reset", "--all", "--yes")).Rows.Select(row => row.GetProperty("position").GetInt64()).ShouldAllBe(position => position == 0);

        // The running server begins again from there, and sends nothing twice.
        var sent = (await _server.OutboxAsync()).Count;
        await FollowedAsync();
        var carl = await Phone.RegisteredAsync(_server, "Carl");
        (await carl.MeAsync()).ShouldBe(200);
        (await _server.OutboxAsync()).Count.ShouldBe(sent + 1);
        StatesOf(await RunAsync("followers", "list")).Values.ShouldAllBe(state => state == "ok");

        (await RunAsync("followers", "reset", "sms-relay", "--to", "1000000", "--yes")).ShouldFail(ExitCodes.Usage, "The log ends at");
        (await RunAsync("followers", "reset", "sms-relay", "--to", "yesterday")).ShouldFail(ExitCodes.Usage, "neither start, head nor a position");
        (await RunAsync("followers", "reset", "users", "--yes")).ShouldFail(ExitCodes.Usage, "cqrs followers rebuild users");
        (await RunAsync("followers", "rebuild", "sms-relay")).ShouldFail(ExitCodes.Usage, "cqrs followers reset sms-relay");
        (await RunAsync("followers", "reset", "nobody")).ShouldFail(ExitCodes.NoInput, "There is no follower nobody");
        (await RunAsync("followers", "reset")).ShouldFail(ExitCodes.Usage, "Name one follower");
    }

    private async Task MendAsync()
    {
        (await RunAsync("followers", "reset", "--faulty")).Error.ShouldContain("add --yes");
        var rebuilt = await RunAsync("followers", "rebuild", "--faulty");
        rebuilt.ExitCode.ShouldBe(ExitCodes.Ok, rebuilt.Error);
        rebuilt.Rows.Count.ShouldBe(2);
        var reset = await RunAsync("followers", "reset", "--faulty", "--yes");
        reset.ExitCode.ShouldBe(ExitCodes.Ok, reset.Error);
        reset.Error.ShouldContain("what is on record is not sent again");
        reset.Rows.Select(row => row.GetProperty("name").GetString()).ShouldBe([.. Checkpointed, "changed-bits"]);
        await Wait.UntilAsync(() => _server.GetAsync("/health/ready"), answer => answer.Status == 200);
    }

    private Task PutBackAsync() => _server.RestartAsync(() => Copy(_aside.Path, _server.Data.Path));

    /// <summary>Until each follower has noted the whole log.</summary>
    private async Task FollowedAsync()
    {
        var head = await _server.HeadAsync();
        await Wait.UntilAsync(
            () => RunAsync("followers", "list"),
            outcome => outcome.Rows.All(row => row.GetProperty("position") is { ValueKind: JsonValueKind.Number } position && position.GetInt64() >= head));
    }

    private Task<Outcome> RunAsync(params string[] args) => CqrsShell.RunAsync(_server, [.. args, "--format", "jsonl"]);

    private static void Copy(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(to, SqliteEventLog.FileName + "*").ToList()) File.Delete(path);
        foreach (var path in Directory.EnumerateFiles(from, SqliteEventLog.FileName + "*").ToList()) File.Copy(path, Path.Combine(to, Path.GetFileName(path)));
    }

    private static Dictionary<string, string> StatesOf(Outcome outcome) =>
        outcome.Rows.ToDictionary(row => row.GetProperty("name").GetString()!, row => row.GetProperty("state").GetString()!);

    private static string? StatusOf(Answer health, string name) => Dependency(health, name).GetProperty("status").GetString();

    private static string DetailOf(Answer health, string name) => Dependency(health, name).GetProperty("detail").GetString()!;

    private static JsonElement Dependency(Answer health, string name) => health.Json.GetProperty("dependencies").GetProperty(name);
}
