using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.PersonalData;
using Cqrs.Survival.Tests.Audit;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs keys rotate</c>.</summary>
public sealed class RotateTests
{
    [Fact]
    public async Task Beside_a_running_server_nothing_is_noticed_of_it()
    {
        await using var server = await StoryServer.StartAsync();
        var ada = await Phone.RegisteredAsync(server, "Ada", "Lovelace");
        var before = MasterKeyFile.Load(server.Data.Path).Current.Id;

        var rotated = await RotateAsync(server.Data);
        rotated.Error.ShouldContain($"Backups from before now still need the old key ({before})");
        var row = rotated.Rows.Single();
        var bob = await Phone.RegisteredAsync(server, "Bob", "Babbage");
        await bob.StepsAsync("accept", await ada.InvitesAsync(bob));

        row.GetProperty("retired").GetString().ShouldBe(before);
        var after = MasterKeyFile.Load(server.Data.Path);
        after.All.ShouldHaveSingleItem().Id.ShouldBe(row.GetProperty("masterKey").GetString());
        after.Current.Id.ShouldNotBe(before);
        (await ada.EntryAsync()).FirstName.ShouldBe("Bob");

        await server.RestartAsync();
        (await ada.EntryAsync()).FirstName.ShouldBe("Bob");
        (await bob.MeAsync()).ShouldBe(200).String("firstName").ShouldBe("Bob");
        Directory.EnumerateFiles(server.Data.Path, ".master.key.*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Cut_off_anywhere_everything_is_readable_and_the_next_run_goes_on()
    {
        using var folder = new DataFolder();
        await CqrsShell.RunAsync(["simulate", "--users", "800", "--days", "30", "--data", folder.Path]);
        var old = MasterKeyFile.Load(folder.Path).Current;

        // Killed after the new key was written, with some of the keys rewrapped.
        var target = MasterKey.Create();
        MasterKeyFile.Replace(folder.Path, MasterKeyFile.Load(folder.Path).WrappingWith(target));
        using (var stop = new CancellationTokenSource())
        using (var keys = SqliteKeys.Open(folder.Path, MasterKeyFile.Load(folder.Path)))
        {
            await Should.ThrowAsync<OperationCanceledException>(keys.RewrapAsync(target, _ => stop.Cancel(), stop.Token));
            keys.CountWrappedByOthers(target).ShouldBeGreaterThan(0);
        }

        (await LogAudit.ReadAsync(folder.Path)).Faults.ShouldBeEmpty();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, ".master.key.0123"), old.Reveal());

        var row = (await RotateAsync(folder)).Rows.Single();

        row.GetProperty("masterKey").GetString().ShouldBe(target.Id);
        (await LogAudit.ReadAsync(folder.Path)).Faults.ShouldBeEmpty();
        foreach (var file in Directory.EnumerateFiles(folder.Path, "*master*")) (await File.ReadAllTextAsync(file)).ShouldNotContain(old.Reveal());
    }

    [Fact]
    public async Task Only_one_at_a_time()
    {
        using var folder = new DataFolder();
        await CqrsShell.RunAsync(["simulate", "--users", "3", "--days", "3", "--data", folder.Path]);
        await using (File.Open(Path.Combine(folder.Path, "master.turn"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
            (await CqrsShell.RunAsync(["keys", "rotate", "--data", folder.Path])).ShouldFail(ExitCodes.Busy, "is being replaced already");
        await RotateAsync(folder);
    }

    private static async Task<Outcome> RotateAsync(DataFolder folder)
    {
        var outcome = await CqrsShell.RunAsync(["keys", "rotate", "--format", "jsonl", "--data", folder.Path]);
        outcome.ExitCode.ShouldBe(ExitCodes.Ok, outcome.Error);
        outcome.Error.ShouldStartWith($"master.key has changed: make a copy of it, apart from copies of keys.db.{Environment.NewLine}Backups from before now still need the old key (");
        return outcome;
    }
}
