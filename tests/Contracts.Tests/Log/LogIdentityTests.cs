using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>Tests that cannot run on a log that other tests share.</summary>
public sealed class LogIdentityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _other = new();

    [Fact]
    public async Task An_empty_log_has_no_identity_until_its_first_event()
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        (await LogIdentity.OfAsync(log)).ShouldBeNull();
        var first = Event();
        await log.AppendAsync(NewStream(), first, Event());

        (await LogIdentity.OfAsync(log)).ShouldBe(first.Id);
    }

    [Fact]
    public async Task Two_logs_have_two_identities_and_a_copied_file_has_that_of_its_source()
    {
        Guid? identity;
        await using (var log = SqliteEventLog.Open(_folder.Path))
        await using (var other = SqliteEventLog.Open(_other.Path))
        {
            await log.AppendAsync("thing-1", Event());
            await other.AppendAsync("thing-1", Event());
            identity = await LogIdentity.OfAsync(log);
            (await LogIdentity.OfAsync(other)).ShouldNotBe(identity);
        }

        File.Delete(Path.Combine(_other.Path, SqliteEventLog.FileName));
        File.Copy(Path.Combine(_folder.Path, SqliteEventLog.FileName), Path.Combine(_other.Path, SqliteEventLog.FileName));
        await using var copy = SqliteEventLog.Open(_other.Path);
        (await LogIdentity.OfAsync(copy)).ShouldBe(identity);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _other.Dispose();
    }
}
