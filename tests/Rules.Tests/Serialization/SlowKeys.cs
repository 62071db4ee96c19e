using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Rules.Tests.Serialization;

/// <summary>Keys in memory; answers late when told to, as an engine over a network would, and counts the questions.</summary>
internal sealed class SlowKeys(bool late) : ISubjectKeys
{
    private readonly Dictionary<UserId, SubjectKeyLookup> _keys = [];

    public int Asked { get; private set; }

    public async ValueTask<SubjectKeyLookup> FindAsync(UserId user, CancellationToken cancel = default)
    {
        Asked++;
        if (late)
            await Task.Yield();

        lock (_keys)
            return _keys.GetValueOrDefault(user);
    }

    public async ValueTask<SubjectKey> GetOrCreateAsync(UserId user, CancellationToken cancel = default)
    {
        Asked++;
        if (late)
            await Task.Yield();

        // The same key for the same user in every run: the id twice.
        lock (_keys)
        {
            if (!_keys.TryGetValue(user, out var lookup))
            {
                var id = user.Value.ToByteArray();
                _keys[user] = lookup = SubjectKeyLookup.Of(new(user, [.. id, .. id]));
            }

            return lookup.Key ?? throw new SubjectForgottenException(user);
        }
    }

    public Task DeleteAsync(UserId user, CancellationToken cancel = default)
    {
        lock (_keys)
            _keys[user] = SubjectKeyLookup.Forgotten;

        return Task.CompletedTask;
    }
}
