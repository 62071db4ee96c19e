using Cqrs.Projections.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.Messaging;

public sealed class BitRaceTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int Friends = 4;
    private const int Rounds = 300;

    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task Thousands_of_changes_against_a_phone_that_polls_and_fetches_never_leave_it_believing_that_nothing_changed()
    {
        var ada = await Messenger.WithTicketAsync(server, await Phone.RegisteredAsync(server));
        var friends = new List<Phone>();
        for (var i = 0; i < Friends; i++) friends.Add(await Phone.RegisteredAsync(server, "Friend"));
        var changing = Task.WhenAll(friends.Select(async friend =>
        {
            for (var round = 0; round < Rounds; round++) await friend.StepsAsync("clear", await friend.InvitesAsync(ada.Phone));
        }));

        var lists = server.Services.GetRequiredService<ConnectionsReader>();
        var (fetched, polls, fetches) = (0L, 0, 0);
        while (true)
        {
            var isOver = changing.IsCompleted;
            var newest = lists.VersionOf(new(ada.Phone.UserId));
            var poll = (await ada.PollsAsync()).Changed;
            polls++;
            if (poll.Bit)
            {
                fetched = (await ada.Phone.GetAsync("/connections")).ShouldBe(200).As<MyList>().Version;
                fetches++;
            }
            else if (isOver && poll.Version >= newest)
            {
                break;
            }
        }

        await changing;
        polls.ShouldBeGreaterThan(fetches);
        fetches.ShouldBeGreaterThan(10);
        var all = await server.HeadAsync();
        var list = (await ada.Phone.GetAsync("/connections", all)).ShouldBe(200).As<MyList>();
        list.Version.ShouldBe(fetched);
        list.Connections.ShouldBeEmpty();
    }
}
