using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>A name that the filter does not have is taken for new without a look: it must have all that there are.</summary>
public sealed class NameFilterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_has_all_that_it_was_given_and_hardly_any_other()
    {
        var filter = new NameFilter();
        var hashes = Enumerable.Range(0, 400_000).Select(i => NameHash.Of($"user-{i}")).ToArray();
        foreach (var hash in hashes) filter.Add(hash);

        hashes.ShouldAllBe(hash => filter.MayHave(hash));
        Enumerable.Range(0, 100_000).Count(i => filter.MayHave(NameHash.Of($"user-{i}x"))).ShouldBeLessThan(
            1_000, "four in a thousand for each of the two that are full, and some for the last");
    }

    [Fact]
    public void Names_are_known_once_all_of_the_table_is_read()
    {
        var names = new KnownNames();
        names.IsNew(7).ShouldBeFalse("nothing is read yet");

        var first = names.BeginReading().ShouldNotBeNull();
        names.BeginReading().ShouldBeNull("one reads");
        names.EndReading(first, [-5, 3]);
        names.IsNew(7).ShouldBeFalse();

        var failed = names.BeginReading().ShouldNotBeNull();
        failed.From.ShouldBe(4);
        names.EndReading(failed, null);

        var second = names.BeginReading().ShouldNotBeNull();
        second.From.ShouldBe(4);
        names.Add(8);
        names.EndReading(second, []);
        names.BeginReading().ShouldBeNull("all is read");
        (names.IsNew(7), names.IsNew(-5), names.IsNew(3), names.IsNew(8)).ShouldBe((true, false, false, false));
    }

    [Fact]
    public void What_was_read_before_names_passed_by_unseen_says_nothing_of_them()
    {
        var names = new KnownNames();
        var before = names.BeginReading().ShouldNotBeNull();
        names.BeginAnew(allComeBy: false);
        var after = names.BeginReading().ShouldNotBeNull();
        names.EndReading(before, []);
        names.IsNew(7).ShouldBeFalse();
        names.EndReading(after, [7, long.MaxValue]);
        (names.IsNew(6), names.IsNew(7), names.IsNew(long.MaxValue)).ShouldBe((true, false, false));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_stream_is_taken_for_new_whoever_began_it(int writers)
    {
        var random = new Random(99);
        var options = new SqliteEventLogOptions { PositionsInMemory = 12, HeadsInMemory = 4, TailEvents = 8 };
        var names = new List<string>();
        for (var opened = 0; opened < 3; opened++)
        {
            await using var one = SqliteEventLog.Open(_folder.Path, options: options);
            await using var two = SqliteEventLog.Open(_folder.Path, options: options);
            SqliteEventLog[] logs = [one, two];
            for (var i = 0; i < 400; i++)
            {
                // One of the two sleeps for a while: what the other has merged meanwhile never comes by.
                var log = logs[writers == 1 ? 0 : i / 50 % 2];
                names.Add(NewStream());
                await log.AppendAsync(names[^1], ExpectedVersion.NoStream, [Event()]);
                (await log.ReadStreamAsync(NewStream(), 0, 1)).LastVersion.ShouldBe(StreamVersion.None);
                await IsThereAsync(log, names[random.Next(names.Count)]);
                if (i % 50 == 49) await IsThereAsync(logs[random.Next(2)], names[random.Next(names.Count)]);
            }
        }

        await using var reopened = SqliteEventLog.Open(_folder.Path, options: options);
        foreach (var name in names)
        {
            (await reopened.ReadStreamAsync(NewStream(), 0, 1)).LastVersion.ShouldBe(StreamVersion.None);
            await IsThereAsync(reopened, name);
        }
    }

    private static async Task IsThereAsync(SqliteEventLog log, string name)
    {
        await Should.ThrowAsync<WrongExpectedVersionException>(() => log.AppendAsync(name, ExpectedVersion.NoStream, [Event()]));
        (await log.ReadStreamAsync(name, 0, 1)).LastVersion.ShouldBe(0);
    }
}
