using Cqrs.Api.Http;
using Cqrs.Projections.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.Messaging;

public sealed class BitRaceTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int Friends = 4;
    private const int Bursts = 60;
    private const int Rounds = 5;
    private const int Fetchers = 3;

    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task Thousands_of_changes_against_a_phone_that_polls_and_fetches_never_leave_it_believing_that_nothing_changed()
    {
        var ada = await Messenger.WithTicketAsync(server, await Phone.RegisteredAsync(server));
        var friends = new List<Phone>();
        for (var i = 0; i < Friends; i++) friends.Add(await Phone.RegisteredAsync(server, "Friend"));
        var fetched = (await ada.Phone.ListAsync()).Version;

        // Many ends, because it is the last change of each burst that could be lost.
        for (var burst = 0; burst < Bursts; burst++)
        {
            var changing = Task.WhenAll(friends.Select(async friend =>
            {
                for (var round = 0; round < Rounds; round++) await friend.StepsAsync("clear", await friend.InvitesAsync(ada.Phone));
            }));
            fetched = Math.Max(fetched, await FollowAsync(ada, changing));
            var list = await ada.Phone.ListAsync();
            list.Version.ShouldBe(fetched);
            list.Connections.ShouldBeEmpty();
        }
    }

    /// <summary>Polls, and fetches the list when told to, until all changes are made and the bit is quiet about the newest.</summary>
    /// <returns>The version of the list that the phone has then.</returns>
    private async Task<long> FollowAsync(Messenger ada, Task changing)
    {
        // It also fetches without being told to, all the time: a fetch that is slow to clear the bit must not take away
        // what was set meanwhile.
        var fetching = Enumerable.Range(0, Fetchers).Select(_ => Task.Run(async () =>
        {
            var newest = 0L;
            while (!changing.IsCompleted) newest = await FetchAsync(ada);
            return newest;
        })).ToList();
        var fetched = 0L;
        var lists = server.Services.GetRequiredService<ConnectionsReader>();
        var positions = server.Services.GetRequiredService<ReadPositions>();
        var isQuiet = false;
        await Wait.UntilAsync(
            async () =>
            {
                // In this order: what is newest was so before the poll.
                var isOver = changing.IsCompleted && await positions.ReachedHeadAsync("connections", default);
                var newest = lists.VersionOf(new(ada.Phone.UserId));
                var poll = (await ada.PollsAsync()).Changed;
                if (poll.Bit) fetched = await FetchAsync(ada);
                else isQuiet = isOver && poll.Version >= newest;
                return (isQuiet, isOver, newest, poll);
            },
            state => state.isQuiet);
        await changing;
        return Math.Max(fetched, (await Task.WhenAll(fetching)).Max());
    }

    private static async Task<long> FetchAsync(Messenger ada) => (await ada.Phone.GetAsync("/connections")).ShouldBe(200).As<MyList>().Version;
}
