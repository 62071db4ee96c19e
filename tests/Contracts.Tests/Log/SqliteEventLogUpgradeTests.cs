using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>Logs of earlier schema versions become logs of this one, wholly or not at all.</summary>
public sealed class SqliteEventLogUpgradeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "log.db");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_log_of_an_earlier_version_is_upgraded_and_its_events_stay_what_they_are(int version)
    {
        var before = await WriteAsync(2_500);
        LogDamage.Downgrade(File, version, mergedTo: 1_000);
        var progress = new List<(long Done, long All)>();

        await using (var log = SqliteEventLog.Open(_folder.Path, options: new() { UpgradeProgress = (done, all) => progress.Add((done, all)) }))
        {
            ShouldBeSame(await log.ReadAllAsync(), before);
            (await log.AppendAsync(before[0].Stream, Events(2))).LastVersion.ShouldBe(before.Count(e => e.Stream == before[0].Stream) + 1);
        }

        progress.ShouldBe([(1_000, 2_500), (2_000, 2_500), (2_500, 2_500)]);
        LogDamage.Ask(File, "PRAGMA user_version").ShouldBe(3);
        (LogDamage.Verify(File) is { Schema: 3, Fault: null, Events: 2_502, Commits: 4 }).ShouldBeTrue();
    }

    [Fact]
    public async Task A_log_of_version_2_can_be_examined_before_it_is_upgraded()
    {
        await WriteAsync(100);
        LogDamage.Downgrade(File, 2);

        (LogDamage.Verify(File) is { Schema: 2, Fault: null, Events: 100, Chain: null }).ShouldBeTrue();
        LogDamage.Ask(File, "PRAGMA user_version").ShouldBe(2);
        LogDamage.Change(File, "DELETE FROM events WHERE position = 50");
        LogDamage.Verify(File).Fault!.Position.ShouldBe(50);
    }

    [Fact]
    public async Task A_damaged_log_is_not_upgraded_and_stays_as_it_is()
    {
        await WriteAsync(100);
        LogDamage.Downgrade(File, 2);
        LogDamage.Change(File, "DELETE FROM events WHERE position = 50");

        var failure = Should.Throw<EventLogException>(() => SqliteEventLog.Open(_folder.Path));

        (failure.Code, failure.Position).ShouldBe((EventLogErrors.Corrupt, new LogPosition(50)));
        LogDamage.Ask(File, "PRAGMA user_version").ShouldBe(2);
    }

    [Theory]
    [InlineData(1, "begun")]
    [InlineData(1, "tables changed")]
    [InlineData(2, "tables changed")]
    [InlineData(2, "events up to 1000")]
    [InlineData(1, "events up to 2000")]
    [InlineData(2, "events up to 2500")]
    [InlineData(2, "before the commit")]
    [InlineData(1, "after the commit")]
    public async Task An_upgrade_that_is_killed_at_any_step_is_done_by_the_next_start(int version, string step)
    {
        var before = await WriteAsync(2_500);
        LogDamage.Downgrade(File, version, mergedTo: 1_000);

        await LogProcess.RunKilledAsync("upgrade", _folder.Path, step);

        LogDamage.Ask(File, "PRAGMA user_version").ShouldBe(step == "after the commit" ? 3 : version);
        await using (var log = SqliteEventLog.Open(_folder.Path)) ShouldBeSame(await log.ReadAllAsync(), before);
        (LogDamage.Verify(File) is { Schema: 3, Fault: null, Events: 2_500 }).ShouldBeTrue();
    }

    [Fact]
    public async Task Instances_that_open_an_earlier_log_at_once_upgrade_it_once()
    {
        var before = await WriteAsync(2_500);
        LogDamage.Downgrade(File, 2);

        var logs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => SqliteEventLog.Open(_folder.Path))));
        foreach (var log in logs) ShouldBeSame(await log.ReadAllAsync(), before);
        foreach (var log in logs) await log.DisposeAsync();

        (LogDamage.Verify(File) is { Fault: null, Events: 2_500 }).ShouldBeTrue();
    }

    private static void ShouldBeSame(List<RecordedEvent> events, List<RecordedEvent> before)
    {
        static string Text(RecordedEvent e) =>
            $"{e.Position} {e.Stream}@{e.Version} {e.Type} {e.Id} {e.Created.Ticks} {e.IsJson} {Convert.ToHexString(e.Data.Span)} {Convert.ToHexString(e.Metadata.Span)}";
        events.Select(Text).ShouldBe(before.Select(Text));
    }

    private async Task<List<RecordedEvent>> WriteAsync(int events)
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        for (var i = 0; i < events; i += 50) await log.AppendAsync($"thing-{i % 7}", Events(50));
        return await log.ReadAllAsync();
    }
}
