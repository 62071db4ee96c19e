using System.Runtime.Versioning;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>Files that cannot be used, disks that are full: a code, a reason, what to do.</summary>
public sealed class SqliteEventLogFailureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "log.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_full_log_fails_the_append_and_goes_on()
    {
        var log = SqliteEventLog.Open(_folder.Path, options: new SqliteEventLogOptions { SizeLimit = 1_024 * 1_024 });
        var there = Event();
        await log.AppendAsync("s", there);

        var failure = await Should.ThrowAsync<EventLogException>(
            log.AppendAsync("new", Event("another-type.v1") with { Data = new byte[3 * 1_024 * 1_024] }));

        failure.Code.ShouldBe(EventLogErrors.Full);
        failure.Message.ShouldContain("Free disk space");
        (await log.ReadStreamAsync("s", 0, 10)).Events.Ids().ShouldBe([there.Id]);
        (await log.ReadStreamAsync("new", 0, 10)).LastVersion.ShouldBe(StreamVersion.None);
        (await log.AppendAsync("new", ExpectedVersion.NoStream, [Event("another-type.v1")])).Position.Value.ShouldBe(2);
        (await log.AppendAsync("s", ExpectedVersion.Exactly(0), [Event()])).LastVersion.ShouldBe(1);
        await log.DisposeAsync();
        await using var reopened = SqliteEventLog.Open(_folder.Path);
        (await reopened.ReadAllAsync()).Select(e => e.Type).ShouldBe(["happened.v1", "another-type.v1", "happened.v1"]);
    }

    [Fact]
    public async Task A_failed_commit_fails_exactly_the_appends_in_it()
    {
        await using var log = SqliteEventLog.Open(_folder.Path, options: new SqliteEventLogOptions { SizeLimit = 1_024 * 1_024 });
        Task<Appended>[] appends;
        using (var other = SqliteConnectionHandle.Open(File, TimeSpan.Zero))
        {
            other.Execute("BEGIN IMMEDIATE");
            appends =
            [
                log.AppendAsync("a", Event()),
                log.AppendAsync("b", ExpectedVersion.StreamExists, [Event()]),
                log.AppendAsync("c", Event() with { Data = new byte[3 * 1_024 * 1_024] }),
                log.AppendAsync("d", Event()),
            ];
            other.Execute("ROLLBACK");
        }

        // Nothing that was decided inside the failed transaction is told, not even a conflict.
        foreach (var append in appends[..3])
            (await Should.ThrowAsync<EventLogException>(append)).Code.ShouldBe(EventLogErrors.Full);
        (await appends[3]).Position.Value.ShouldBe(1);
        (await log.ReadAllAsync()).Select(e => e.Stream).ShouldBe(["d"]);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused()
    {
        Directory.CreateDirectory(_folder.Path);
        System.IO.File.WriteAllText(File, new string('x', 5_000));

        Should.Throw<EventLogException>(() => SqliteEventLog.Open(_folder.Path)).Code.ShouldBe(EventLogErrors.NotALog);
    }

    [Fact]
    public void Another_database_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(_folder.Path);
        using (var other = SqliteConnectionHandle.Open(File, TimeSpan.Zero)) other.Execute("CREATE TABLE precious (x)");
        var before = System.IO.File.ReadAllBytes(File);

        Should.Throw<EventLogException>(() => SqliteEventLog.Open(_folder.Path)).Code.ShouldBe(EventLogErrors.NotALog);

        System.IO.File.ReadAllBytes(File).ShouldBe(before);
    }

    [Fact]
    public async Task A_log_of_a_newer_version_is_refused()
    {
        await SqliteEventLog.Open(_folder.Path).DisposeAsync();
        using (var connection = SqliteConnectionHandle.Open(File, TimeSpan.Zero)) connection.Execute("PRAGMA user_version = 4");

        var failure = Should.Throw<EventLogException>(() => SqliteEventLog.Open(_folder.Path));

        failure.Code.ShouldBe(EventLogErrors.Newer);
        failure.Message.ShouldContain("version 4");
    }

    [Fact]
    public void A_place_where_no_folder_can_be_is_refused()
    {
        Directory.CreateDirectory(_folder.Path);
        System.IO.File.WriteAllText(Path.Combine(_folder.Path, "file"), "");

        Should.Throw<EventLogException>(() => SqliteEventLog.Open(Path.Combine(_folder.Path, "file")))
            .Code.ShouldBe(EventLogErrors.NotWritable);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_file_without_the_right_to_write_is_refused()
    {
        Skip.If(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Rights do not bind this user.");
        await SqliteEventLog.Open(_folder.Path).DisposeAsync();
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead);
        System.IO.File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Should.Throw<EventLogException>(() => SqliteEventLog.Open(_folder.Path)).Code.ShouldBe(EventLogErrors.NotWritable);

        System.IO.File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public async Task Folder_and_files_are_their_owners_alone()
    {
        Skip.If(OperatingSystem.IsWindows());
        await using var log = SqliteEventLog.Open(_folder.Path);
        await log.AppendAsync("s", Event());

        const UnixFileMode mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        System.IO.File.GetUnixFileMode(_folder.Path).ShouldBe(mine | UnixFileMode.UserExecute);
        Directory.GetFiles(_folder.Path).Length.ShouldBe(4);
        Directory.GetFiles(_folder.Path).ShouldAllBe(file => System.IO.File.GetUnixFileMode(file) == mine);
    }
}
