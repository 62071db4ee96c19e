using System.Collections.Concurrent;
using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Sqlite;
using Cqrs.Survival.Tests.Audit;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs backup</c> and <c>cqrs restore</c>.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly DataFolder _folder = new();

    private string Backup => Path.Combine(_folder.Path, "backup");

    private string Restored => Path.Combine(_folder.Path, "restored");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Under_load_everything_that_was_answered_before_it_began_is_in_it()
    {
        ConcurrentQueue<(Phone Phone, Guid? Connection)> answered = new();
        await using (var server = await StoryServer.StartAsync())
        {
            Directory.CreateDirectory(Path.Combine(server.Data.Path, "videos", "00ff"));
            await File.WriteAllTextAsync(Path.Combine(server.Data.Path, "videos", "00ff", "1"), "a video");
            using var stop = new CancellationTokenSource();
            var load = Enumerable.Range(0, 4).Select(_ => Task.Run(() => LoadAsync(server, answered, stop.Token))).ToList();
            await Wait.UntilAsync(() => Task.FromResult(answered.Count), count => count >= 12);

            var before = answered.ToArray();
            var row = (await RunAsync("backup", "--to", Backup, "--data", server.Data.Path)).Rows.Single();
            await Wait.UntilAsync(() => Task.FromResult(answered.Count), count => count >= before.Length + 4);
            await stop.CancelAsync();
            await Task.WhenAll(load);

            row.GetProperty("masterKey").GetString().ShouldBe("left out");
            row.GetProperty("position").GetInt64().ShouldBeLessThan(await server.HeadAsync());
            (await RunAsync("restore", "--from", Backup, "--data", Restored)).Error.ShouldContain("Put master.key with m-");
            File.Copy(Path.Combine(server.Data.Path, MasterKeyFile.FileName), Path.Combine(Restored, MasterKeyFile.FileName));
            answered = new(before);
        }

        (await LogAudit.ReadAsync(Restored)).Faults.ShouldBeEmpty();
        using var data = new DataFolder();
        Directory.Delete(data.Path);
        Directory.Move(Restored, data.Path);
        await using var again = await StoryServer.StartAsync(data);
        await Wait.UntilAsync(() => again.GetAsync("/health/ready"), answer => answer.Status == 200);
        foreach (var (phone, connection) in answered)
        {
            (await GetAsync(again, phone, "/me")).ShouldBe(200).String("phone").ShouldBe(phone.Number);
            var list = (await GetAsync(again, phone, "/connections")).ShouldBe(200).As<MyList>();
            list.Connections.Select(entry => (Guid?)entry.ConnectionId).ShouldBe([connection]);
        }

        await Wait.UntilAsync(() => LogAudit.ReadAsync(data.Path), audit => audit.Leaks.Count == 0);
        (await File.ReadAllTextAsync(Path.Combine(data.Path, "videos", "00ff", "1"))).ShouldBe("a video");
    }

    [Fact]
    public async Task The_manifest_tells_what_is_in_it_and_only_its_owner_may_read_it()
    {
        var data = await SimulateAsync();
        var row = (await RunAsync("backup", "--with-master-key", "--to", Backup, "--data", data)).Rows.Single();

        var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Backup, "manifest.json"))).RootElement;
        row.GetProperty("masterKey").GetString().ShouldBe("included");
        manifest.GetProperty("position").GetInt64().ShouldBe(row.GetProperty("position").GetInt64());
        manifest.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString()).Order()
            .ShouldBe(["keys.db", "log.db", "master.key"]);
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.EnumerateFiles(Backup))
                File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }

        (await RunAsync("restore", "--from", Backup, "--data", Restored)).Error.ShouldNotContain("Put master.key");
        (await LogAudit.ReadAsync(Restored)).Head.ShouldBe(row.GetProperty("position").GetInt64());
        Mode(Restored).ShouldBe("wal");
        Directory.EnumerateFiles(Backup).Select(Path.GetFileName).Order().ShouldBe(["keys.db", "log.db", "manifest.json", "master.key"]);
    }

    [Theory]
    [InlineData("changed", "has other content than the manifest says")]
    [InlineData("cut", "bytes instead of")]
    [InlineData("gone", "is missing")]
    [InlineData("no manifest", "There is no manifest.json")]
    [InlineData("broken manifest", "is damaged")]
    [InlineData("elsewhere", "is damaged")]
    [InlineData("newer", "in a format that is not known here")]
    public async Task A_backup_that_is_not_whole_is_refused_and_nothing_is_restored(string damage, string what)
    {
        await RunAsync("backup", "--to", Backup, "--data", await SimulateAsync());
        var (keys, manifest) = (Path.Combine(Backup, "keys.db"), Path.Combine(Backup, "manifest.json"));
        switch (damage)
        {
            case "changed":
                using (var file = File.OpenWrite(keys)) file.WriteByte(0);
                break;
            case "cut":
                using (var file = File.OpenWrite(keys)) file.SetLength(file.Length - 1);
                break;
            case "gone":
                File.Delete(keys);
                break;
            case "no manifest":
                File.Delete(manifest);
                break;
            case "broken manifest":
                await File.WriteAllTextAsync(manifest, "{");
                break;
            case "elsewhere":
                await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace("keys.db", "../keys.db", StringComparison.Ordinal));
                break;
            case "newer":
                await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal));
                break;
        }

        var outcome = await CqrsShell.RunAsync(["restore", "--from", Backup, "--data", Restored]);
        outcome.ExitCode.ShouldBeOneOf(ExitCodes.Io, ExitCodes.NoInput);
        outcome.Error.ShouldContain(what);
        Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).ShouldNotContain(name => name!.StartsWith("restored"));
    }

    [Fact]
    public async Task Folders_that_are_not_empty_are_left_alone()
    {
        var data = await SimulateAsync();
        (await CqrsShell.RunAsync(["backup", "--to", data, "--data", data])).ShouldFail(ExitCodes.CannotCreate, "is not empty");
        (await CqrsShell.RunAsync(["backup", "--to", Path.Combine(data, "backup"), "--data", data])).ShouldFail(ExitCodes.CannotCreate, "in the data folder itself");
        (await CqrsShell.RunAsync(["backup", "--data", data])).ShouldFail(ExitCodes.Usage, "--to");
        await RunAsync("backup", "--to", Backup, "--data", data);
        (await CqrsShell.RunAsync(["restore", "--from", Backup, "--data", data])).ShouldFail(ExitCodes.CannotCreate, "is not empty");
        (await LogAudit.ReadAsync(data)).Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Interrupted_it_leaves_nothing_behind()
    {
        var data = await SimulateAsync();
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        (await CqrsShell.RunAsync(["backup", "--to", Backup, "--data", data], cancel: stopped.Token)).ExitCode.ShouldBe(ExitCodes.Interrupted);
        Directory.Exists(Backup).ShouldBeFalse();
    }

    [Fact]
    public async Task A_damaged_log_is_not_backed_up()
    {
        var data = await SimulateAsync();
        DamagedFile.ZeroAPage(Path.Combine(data, "log.db"));

        var outcome = await CqrsShell.RunAsync(["backup", "--to", Backup, "--data", data]);

        outcome.ShouldFail(ExitCodes.Damaged, "log.db is damaged at position ");
        outcome.Error.ShouldContain("No backup was made");
        Directory.Exists(Backup).ShouldBeFalse();
    }

    [Theory]
    [InlineData("keys.db", "restore keys.db from the newest backup")]
    [InlineData("notifications.db", "restore a backup")]
    [InlineData("mailboxes.db", "restore a backup")]
    [InlineData("projections/users.db", "delete this file and start again")]
    public async Task A_damaged_store_of_any_kind_is_not_backed_up(string file, string next)
    {
        var data = Path.Combine(_folder.Path, "data");
        using (var folder = new DataFolder())
        {
            await using (var server = await StoryServer.StartAsync(folder)) await Phone.RegisteredAsync(server);
            CopyAll(folder.Path, data);
        }

        DamagedFile.ZeroAPage(Path.Combine(data, file));
        var outcome = await CqrsShell.RunAsync(["backup", "--to", Backup, "--data", data]);

        outcome.ShouldFail(ExitCodes.Damaged, file);
        outcome.Error.ShouldContain(next);
        Directory.Exists(Backup).ShouldBeFalse();
    }

    [Fact]
    public async Task A_backup_of_a_log_that_was_damaged_before_is_not_restored()
    {
        await RunAsync("backup", "--to", Backup, "--data", await SimulateAsync());

        // As an earlier program made it: the manifest fits the damage.
        var log = Path.Combine(Backup, "log.db");
        var before = Sum(log);
        DamagedFile.ZeroAPage(log);
        await ReplaceInManifestAsync(before, Sum(log));

        (await CqrsShell.RunAsync(["restore", "--from", Backup, "--data", Restored])).ShouldFail(ExitCodes.Damaged, "log.db is damaged at position ");
        Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).ShouldNotContain(name => name!.StartsWith("restored"));
    }

    [Theory]
    [InlineData("chain", "its hash chain ends in")]
    [InlineData("position", "its manifest says")]
    public async Task A_backup_with_another_log_than_its_manifest_says_is_not_restored(string what, string message)
    {
        var row = (await RunAsync("backup", "--to", Backup, "--data", await SimulateAsync())).Rows.Single();
        var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Backup, "manifest.json"))).RootElement;
        if (what == "chain") await ReplaceInManifestAsync(manifest.GetProperty("chain").GetString()!, new string('0', 32));
        else await ReplaceInManifestAsync($"\"position\": {row.GetProperty("position").GetInt64()}", "\"position\": 1000000");

        (await CqrsShell.RunAsync(["restore", "--from", Backup, "--data", Restored])).ShouldFail(ExitCodes.Damaged, message);
    }

    [Fact]
    public async Task A_backup_of_an_earlier_program_is_restored()
    {
        await RunAsync("backup", "--to", Backup, "--data", await SimulateAsync());
        var log = Path.Combine(Backup, "log.db");
        var before = Sum(log);
        var size = new FileInfo(log).Length;
        using (var file = SqliteConnectionHandle.Open(log, TimeSpan.Zero))
            file.Execute("ALTER TABLE events DROP COLUMN chain; ALTER TABLE events DROP COLUMN checksum; PRAGMA user_version = 2");
        var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Backup, "manifest.json"))).RootElement;
        await ReplaceInManifestAsync(before, Sum(log));
        await ReplaceInManifestAsync($"\"bytes\": {size}", $"\"bytes\": {new FileInfo(log).Length}");
        await ReplaceInManifestAsync($"\"{manifest.GetProperty("chain").GetString()}\"", "null");

        await RunAsync("restore", "--from", Backup, "--data", Restored);

        File.Copy(Path.Combine(_folder.Path, "data", MasterKeyFile.FileName), Path.Combine(Restored, MasterKeyFile.FileName));
        (await LogAudit.ReadAsync(Restored)).Faults.ShouldBeEmpty();
    }

    private static string Sum(string file) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));

    private static void CopyAll(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private async Task ReplaceInManifestAsync(string old, string @new)
    {
        var path = Path.Combine(Backup, "manifest.json");
        var text = await File.ReadAllTextAsync(path);
        text.ShouldContain(old);
        await File.WriteAllTextAsync(path, text.Replace(old, @new, StringComparison.Ordinal));
    }

    private static async Task LoadAsync(StoryServer server, ConcurrentQueue<(Phone Phone, Guid? Connection)> answered, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var phone = await Phone.RegisteredAsync(server);
            var invite = await phone.InviteAsync("Some", "Body", Phone.NewNumber());
            answered.Enqueue((phone, invite.ShouldBe(201).Json.GetProperty("connectionId").GetGuid()));
        }
    }

    private static Task<Answer> GetAsync(StoryServer server, Phone phone, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {phone.Token}").ShouldBeTrue();
        return server.SendAsync(request);
    }

    private static string Mode(string folder)
    {
        using var log = SqliteSnapshot.Of(Path.Combine(folder, SqliteEventLog.FileName));
        return log.Texts("PRAGMA journal_mode").Single();
    }

    private async Task<string> SimulateAsync()
    {
        var data = Path.Combine(_folder.Path, "data");
        (await CqrsShell.RunAsync(["simulate", "--users", "20", "--days", "20", "--data", data])).ExitCode.ShouldBe(ExitCodes.Ok);
        return data;
    }

    private static async Task<Outcome> RunAsync(params string[] args)
    {
        var outcome = await CqrsShell.RunAsync([.. args, "--format", "jsonl"]);
        outcome.ExitCode.ShouldBe(ExitCodes.Ok, outcome.Error);
        return outcome;
    }
}
