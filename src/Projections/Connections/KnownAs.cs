using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Caching;
using Cqrs.EventStore.PersonalData;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.Connections;

/// <summary>What messaging and notifications know a user by; derived from his mailbox key, which cannot be found from it.</summary>
public sealed record KnownAs(UserKey UserKey, BitName BitName);

/// <summary>
/// Finds what users are known as. To open a mailbox key and to derive from it takes many times as long as to read it, and
/// the same users are asked for again and again: what was derived from which sealed key is kept, the keys are not.
/// </summary>
internal sealed class KnownUsers(PersonalSealer sealer)
{
    private const int Kept = 32_768;

    private readonly GenerationCache<UserId, Derived> _derived = new(Kept);

    /// <param name="person">The column of the user; null where he is nobody (yet, or any more).</param>
    /// <returns>Null where he has no mailbox key.</returns>
    public async ValueTask<KnownAs?> FindAsync(UserId user, string? person, CancellationToken cancel)
    {
        var key = SealedPerson.MailboxKeyIn(person);
        if (key.IsEmpty) return null;
        if (_derived.Find(user) is { } derived && key.SequenceEqual(derived.From)) return derived.As;
        var from = key.ToString();
        if (!MailboxKey.TryParse((await sealer.OpenCarriedAsync(StreamNames.Of(user), user, from, cancel)).Text, out var opened)) return null;
        var known = new KnownAs(opened.UserKey, opened.BitName);
        _derived.Set(user, new(from, known));
        return known;
    }

    private sealed record Derived(string From, KnownAs As);
}
