using Cqrs.Messaging.Mailboxes;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.Stories;

public abstract class ChangedBitStory(ServerFixture fixture)
{
    private readonly StoryServer server = fixture.Server;

    private IChangedBits Bits => server.Services.GetRequiredService<IChangedBits>();

    [Fact]
    public async Task A_change_sets_the_bits_of_both_sides_and_fetching_the_list_clears_ones_own()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var position = (await ada.InviteAsync(bob)).ShouldBe(201).Position;
        foreach (var phone in new[] { ada, bob }) await SetAtAsync(phone, position);

        var version = (await bob.ListAsync()).Version;
        version.ShouldBe(position);
        (await Bits.ReadAsync(bob.MailboxKey.BitName)).ShouldBe((false, version));
        (await Bits.ReadAsync(ada.MailboxKey.BitName)).ShouldBe((true, position));
    }

    [Fact]
    public async Task A_change_that_lands_while_the_list_is_fetched_keeps_the_bit()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var connection = await ada.InvitesAsync(bob);
        var fetched = (await ada.ListAsync()).Version;
        var later = (await bob.StepAsync("accept", connection)).ShouldBe(200).Position;
        await SetAtAsync(ada, later);

        // The fetch before it clears only now.
        await Bits.ClearAsync(ada.MailboxKey.BitName, fetched);
        (await Bits.ReadAsync(ada.MailboxKey.BitName)).ShouldBe((true, later));
        (await ada.ListAsync()).Version.ShouldBe(later);
        (await Bits.ReadAsync(ada.MailboxKey.BitName)).ShouldBe((false, later));
    }

    [Fact]
    public async Task A_bit_that_comes_later_than_the_fetch_of_its_change_stays_clear()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        await ada.InvitesAsync(bob);
        var version = (await bob.ListAsync()).Version;
        await Bits.SetAsync([new(bob.MailboxKey.BitName, version)], version);
        (await Bits.ReadAsync(bob.MailboxKey.BitName)).ShouldBe((false, version));
    }

    [Fact]
    public async Task A_phone_that_has_the_list_already_clears_a_bit_that_came_back()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var position = (await ada.InviteAsync(bob)).ShouldBe(201).Position;
        await SetAtAsync(bob, position);

        (await bob.GetAsync("/connections", position, ifNoneMatch: $"\"{position}\"")).ShouldBe(304);

        (await Bits.ReadAsync(bob.MailboxKey.BitName)).ShouldBe((false, position));
    }

    [Fact]
    public async Task An_invite_that_is_taken_back_unseen_is_told_by_the_bit()
    {
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var connection = await ada.InvitesAsync(bob);
        var fetched = (await bob.ListAsync()).Version;
        (await Bits.ReadAsync(bob.MailboxKey.BitName)).ShouldBe((false, fetched));
        (await ada.StepAsync("clear", connection)).ShouldBe(200);
        await Wait.UntilAsync(async () => await Bits.ReadAsync(bob.MailboxKey.BitName), bit => bit is (true, var version) && version > fetched);
        (await bob.ListAsync()).Connections.ShouldBeEmpty();
    }

    private Task SetAtAsync(Phone phone, long version) =>
        Wait.UntilAsync(async () => await Bits.ReadAsync(phone.MailboxKey.BitName), bit => bit == (true, version));
}

public sealed class ChangedBitTests(ServerFixture fixture) : ChangedBitStory(fixture), IClassFixture<ServerFixture>;

[Collection(EsdbFixture.OneByOne)]
public sealed class ChangedBitTestsOnEventStoreDb(EsdbFixture fixture) : ChangedBitStory(fixture), IClassFixture<EsdbFixture>;
