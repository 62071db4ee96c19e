using Cqrs.Cli.CommandLine;
using Microsoft.Data.Sqlite;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>A log whose keys are missing, empty, of another log or of an earlier day.</summary>
public sealed class LostKeysTests : IDisposable
{
    private readonly DataFolder _folder = new();
    private readonly DataFolder _other = new();

    private string Keys => Path.Combine(_folder.Path, "keys.db");

    public void Dispose()
    {
        _folder.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData("missing", "keys.db is missing in ")]
    [InlineData("missing with the master key", "keys.db is missing in ")]
    [InlineData("of no bytes", "has no keys of users")]
    [InlineData("without users", "has no keys of users")]
    [InlineData("of another log", "is of another log")]
    [InlineData("of an earlier day", "is older than the log")]
    public async Task No_server_starts_on_them_and_none_are_made(string what, string message)
    {
        await RegisterAsync(_folder);
        var early = await File.ReadAllBytesAsync(Keys);
        await RegisterAsync(_folder);
        await TakeAwayAsync(what, early);
        var (keys, hasMaster) = (Content(), File.Exists(Path.Combine(_folder.Path, "master.key")));

        var refused = await Should.ThrowAsync<Cqrs.Api.Composition.DataFolderException>(() => StoryServer.StartAsync(_folder));

        refused.Message.ShouldContain(message);
        refused.Message.ShouldContain("restore keys.db from the newest backup");
        Content().ShouldBe(keys);
        File.Exists(Path.Combine(_folder.Path, "master.key")).ShouldBe(hasMaster);
        var doctor = await CqrsShell.RunAsync(["doctor", "--format", "jsonl", "--data", _folder.Path]);
        doctor.ExitCode.ShouldBe(ExitCodes.Faults);
        var finding = doctor.Rows.Single(row => row.GetProperty("check").GetString() == "keys of the log");
        finding.GetProperty("verdict").GetString().ShouldBe("fault");
        finding.GetProperty("found").GetString()!.ShouldContain(message);
        var backup = await CqrsShell.RunAsync(["backup", "--to", Path.Combine(_other.Path, "backup"), "--data", _folder.Path]);
        backup.ShouldFail(ExitCodes.Damaged, message);
        Directory.Exists(Path.Combine(_other.Path, "backup")).ShouldBeFalse();
        if (what == "missing") doctor.Rows.Single(row => row.GetProperty("check").GetString() == "master key").GetProperty("found").GetString()!.ShouldContain("there is no keys.db");
    }

    [Fact]
    public async Task With_its_keys_back_a_server_starts()
    {
        await RegisterAsync(_folder);
        File.Move(Keys, Keys + ".away");
        await Should.ThrowAsync<Cqrs.Api.Composition.DataFolderException>(() => StoryServer.StartAsync(_folder));
        File.Move(Keys + ".away", Keys);

        await using var server = await StoryServer.StartAsync(_folder);
        await Wait.UntilAsync(() => server.GetAsync("/health/ready"), answer => answer.Status == 200);
    }

    [Fact]
    public async Task A_first_start_and_a_log_of_forgotten_users_are_no_fault()
    {
        await using (var server = await StoryServer.StartAsync(_folder))
        {
            var phone = await Phone.RegisteredAsync(server);
            (await CqrsShell.RunAsync(server, "users", "forget", phone.UserId.ToString(), "--yes")).ExitCode.ShouldBe(ExitCodes.Ok);
        }

        await using var again = await StoryServer.StartAsync(_folder);
        (await CqrsShell.RunAsync(again, "doctor", "--format", "jsonl")).Rows.ShouldNotContain(row => row.GetProperty("check").GetString() == "keys of the log");
    }

    private static async Task RegisterAsync(DataFolder folder)
    {
        await using var server = await StoryServer.StartAsync(folder);
        await Phone.RegisteredAsync(server);
    }

    private async Task TakeAwayAsync(string what, byte[] early)
    {
        if (what == "without users")
        {
            await using var keys = new SqliteConnection($"Data Source={Keys};Pooling=False");
            await keys.OpenAsync();
            await using var delete = keys.CreateCommand();
            delete.CommandText = "DELETE FROM subject_keys";
            await delete.ExecuteNonQueryAsync();
            return;
        }

        File.Delete(Keys);
        if (what == "missing with the master key") File.Delete(Path.Combine(_folder.Path, "master.key"));
        if (what == "of no bytes") await File.WriteAllBytesAsync(Keys, []);
        if (what == "of an earlier day") await File.WriteAllBytesAsync(Keys, early);
        if (what != "of another log") return;

        // Of another installation with the same master key.
        File.Copy(Path.Combine(_folder.Path, "master.key"), Path.Combine(_other.Path, "master.key"));
        await RegisterAsync(_other);
        File.Copy(Path.Combine(_other.Path, "keys.db"), Keys);
    }

    private string? Content() => File.Exists(Keys) ? Convert.ToHexString(File.ReadAllBytes(Keys)) : null;
}
