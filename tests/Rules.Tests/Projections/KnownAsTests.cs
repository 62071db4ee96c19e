using System.Security.Cryptography;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Users;
using Cqrs.Projections.Connections;

namespace Cqrs.Rules.Tests.Projections;

/// <summary>What users are known as by messaging and notifications, as the read side tells it.</summary>
public sealed class KnownAsTests : IDisposable
{
    private readonly ReadSide _side = new();

    [Fact]
    public async Task Whoever_has_a_mailbox_key_is_known_by_what_derives_from_it()
    {
        var (anns, bobs) = (NewKey(), NewKey());
        await VerifyAsync(Ann, anns);
        await VerifyAsync(Bob, bobs);
        await _side.AppendAsync(StreamNames.Of(Cid), new UserInvited(Cid, new(Cid, "+4915100000003"), Ann, Start));

        // The second time from memory.
        for (var i = 0; i < 2; i++)
        {
            (await KnownAsync(Ann, Bob, Cid)).ShouldBe(
                new Dictionary<UserId, KnownAs> { [Ann] = new(anns.UserKey, anns.BitName), [Bob] = new(bobs.UserKey, bobs.BitName) });
        }
    }

    [Fact]
    public async Task Whoever_gets_another_key_is_known_by_that_one()
    {
        var (first, second) = (NewKey(), NewKey());
        await VerifyAsync(Ann, first);
        await KnownAsync(Ann);

        await VerifyAsync(Ann, second, again: true);

        (await KnownAsync(Ann))[Ann].ShouldBe(new(second.UserKey, second.BitName));
    }

    [Fact]
    public async Task Whoever_is_forgotten_is_known_by_nothing()
    {
        await VerifyAsync(Ann, NewKey());
        await KnownAsync(Ann);

        await _side.AppendAsync(StreamNames.Of(Ann), new UserForgotten(Ann, Start));

        (await KnownAsync(Ann)).ShouldBeEmpty();
    }

    public void Dispose() => _side.Dispose();

    private static MailboxKey NewKey() => MailboxKey.Read(RandomNumberGenerator.GetBytes(MailboxKey.Size));

    private Task VerifyAsync(UserId user, MailboxKey key, bool again = false)
    {
        Personal P(string text) => new(user, text);
        return _side.AppendAsync(
            StreamNames.Of(user), new UserVerified(user, Guid.Empty, P("First"), P("Last"), P("+4915100000000"), P(key.Reveal()), 1, again, Start));
    }

    private async Task<IReadOnlyDictionary<UserId, KnownAs>> KnownAsync(params UserId[] users)
    {
        await _side.CatchUpAsync(_side.Connections);
        return await _side.ConnectionsReader.KnownAsAsync(users);
    }
}
