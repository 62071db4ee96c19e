using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using Cqrs.Survival.Tests.Processes;

namespace Cqrs.Survival.Tests;

/// <summary>Two instances on one log, as in two processes, one append at a time.</summary>
public sealed class TwoLogsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_writer_knows_what_the_other_appended_though_a_reader_saw_it_first()
    {
        await using var one = SqliteEventLog.Open(_folder.Path);
        await using var two = SqliteEventLog.Open(_folder.Path);
        await one.AppendAsync("s", ExpectedVersion.NoStream, [Event()]);
        await two.AppendAsync("s", ExpectedVersion.Exactly(0), [Event()]);

        // Looking for a stream that is not there makes the reader look at everything new.
        (await one.ReadStreamAsync("other", 0, 1)).Events.ShouldBeEmpty();

        (await one.AppendAsync("s", ExpectedVersion.Exactly(1), [Event()])).LastVersion.ShouldBe(2);
    }

    private static EventToAppend Event() => new(Guid.NewGuid(), "tested.v1", "{}"u8.ToArray(), Array.Empty<byte>());
}
