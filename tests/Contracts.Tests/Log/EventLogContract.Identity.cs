using Cqrs.EventStore.Log;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.Log;

public abstract partial class EventLogContract
{
    [Fact]
    public async Task The_identity_of_a_log_is_the_id_of_its_first_event()
    {
        await Log.AppendAsync(NewStream(), Events(3));
        var first = (await Log.ReadAllAsync(LogPosition.Start, 1)).Events.ShouldHaveSingleItem();

        (await LogIdentity.OfAsync(Log)).ShouldBe(first.Id);
    }

    [Fact]
    public async Task The_identity_of_a_log_stays_the_same_when_it_grows_and_when_it_is_opened_again()
    {
        await Log.AppendAsync(NewStream(), Events(1));
        var identity = await LogIdentity.OfAsync(Log);

        await Log.AppendAsync(NewStream(), Events(3));
        (await LogIdentity.OfAsync(Log)).ShouldBe(identity);
        await ReopenLogAsync();
        (await LogIdentity.OfAsync(Log)).ShouldBe(identity);
    }

    [Fact]
    public async Task The_end_of_a_log_lies_at_or_beyond_each_event_and_each_position_that_a_reader_was_told()
    {
        var appended = await Log.AppendAsync(NewStream(), Events(2));
        var seen = LogPosition.Start;
        await Log.SubscribeUntilAsync((page, _) => (seen = page.Position) >= appended.Position && page.IsEnd);

        var end = await Log.EndAsync();
        end.ShouldBeGreaterThanOrEqualTo(appended.Position);
        end.ShouldBeGreaterThanOrEqualTo(seen);
    }
}
