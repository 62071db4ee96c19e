using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>Keys in memory, which answer at once. A key derives from its user, so that runs are alike.</summary>
internal sealed class MemoryKeys : ISubjectKeys, ISystemKeys
{
    private readonly Dictionary<UserId, SubjectKeyLookup> _keys = [];

    public bool IsForgotten(UserId user) => _keys.GetValueOrDefault(user).State == SubjectKeyState.Forgotten;

    public ValueTask<SubjectKeyLookup> FindAsync(UserId user, CancellationToken cancel = default) => new(_keys.GetValueOrDefault(user));

    public ValueTask<SubjectKey> GetOrCreateAsync(UserId user, CancellationToken cancel = default)
    {
        if (!_keys.TryGetValue(user, out var lookup))
        {
            var id = user.Value.ToByteArray();
            _keys[user] = lookup = SubjectKeyLookup.Of(new(user, [.. id, .. id]));
        }

        return lookup.Key is { } key ? new(key) : ValueTask.FromException<SubjectKey>(new SubjectForgottenException(user));
    }

    public Task DeleteAsync(UserId user, CancellationToken cancel = default)
    {
        _keys.GetValueOrDefault(user).Key?.Destroy();
        _keys[user] = SubjectKeyLookup.Forgotten;
        return Task.CompletedTask;
    }

    public ValueTask<ReadOnlyMemory<byte>> GetOrCreateSystemKeyAsync(string name, CancellationToken cancel = default)
    {
        var key = new byte[32];
        System.Text.Encoding.ASCII.GetBytes(name, key);
        return new(key);
    }
}
