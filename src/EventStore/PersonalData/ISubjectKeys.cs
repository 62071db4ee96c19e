using Cqrs.Domain.Identity;

namespace Cqrs.EventStore.PersonalData;

/// <summary>What is known of a user's key.</summary>
public enum SubjectKeyState
{
    /// <summary>There is none, and never was.</summary>
    NeverMade,

    /// <summary>It was deleted, for ever.</summary>
    Forgotten,

    Present,
}

/// <param name="Key">Only when present.</param>
public readonly record struct SubjectKeyLookup(SubjectKeyState State, SubjectKey? Key)
{
    public static readonly SubjectKeyLookup Forgotten = new(SubjectKeyState.Forgotten, Key: null);

    public static SubjectKeyLookup Of(SubjectKey key) => new(SubjectKeyState.Present, key);
}

/// <summary>
/// The keys that personal data is sealed under, one for each user, kept apart from the data. Engines differ
/// (<c>sqlite</c>, DynamoDB), their behaviour does not. Answers at once, without leaving the thread, for a key that was
/// used lately; a delete by another process is noticed within a second.
/// </summary>
public interface ISubjectKeys
{
    /// <summary>The user's key, if there is one. What was created or deleted before the call is seen.</summary>
    ValueTask<SubjectKeyLookup> FindAsync(UserId user, CancellationToken cancel = default);

    /// <summary>What is known of the user's key, without the key: for those who only tell who is forgotten.</summary>
    async ValueTask<SubjectKeyState> StateAsync(UserId user, CancellationToken cancel = default) => (await FindAsync(user, cancel)).State;

    /// <summary>
    /// The user's key, made if there was none. Answers when the key is durable: what is sealed under it may be stored
    /// from then on. All who ask, in all processes, get the same key.
    /// </summary>
    /// <exception cref="SubjectForgottenException">The key was deleted; it is never made again.</exception>
    ValueTask<SubjectKey> GetOrCreateAsync(UserId user, CancellationToken cancel = default);

    /// <summary>
    /// Deletes the user's key for ever, and answers when that is durable and the key's bytes are wiped from the store.
    /// Repeating it is harmless; it also bars a user who has no key yet.
    /// </summary>
    Task DeleteAsync(UserId user, CancellationToken cancel = default);
}

/// <summary>Keys of the installation itself, by name; the same for ever, whatever master key wraps them.</summary>
public interface ISystemKeys
{
    /// <summary>32 random bytes, made and durable at the first call for this name.</summary>
    ValueTask<ReadOnlyMemory<byte>> GetOrCreateSystemKeyAsync(string name, CancellationToken cancel = default);
}
