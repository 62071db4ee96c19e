using Cqrs.Domain.Identity;

namespace Cqrs.EventStore.PersonalData;

/// <summary>
/// Personal data cannot be sealed or opened. <see cref="Code"/> is stable, for callers and operators to tell cases
/// apart; the message says what to do. Neither ever holds a key, or what was sealed.
/// </summary>
public class PersonalDataException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A master key is not written <c>id:base64</c>.</summary>
    public const string MasterKeyMalformed = "master-key-malformed";

    /// <summary>A master key is not base64.</summary>
    public const string MasterKeyNotBase64 = "master-key-not-base64";

    /// <summary>A master key does not have 32 bytes.</summary>
    public const string MasterKeyLength = "master-key-length";

    /// <summary>Two master keys have the same id.</summary>
    public const string MasterKeyTwice = "master-key-twice";

    /// <summary>The master key that wrapped the stored keys is not among those given.</summary>
    public const string MasterKeyMissing = "master-key-missing";

    /// <summary>A master key has the right id and other bytes than the one that wrapped the stored keys.</summary>
    public const string MasterKeyWrong = "master-key-wrong";

    /// <summary>The master key that this process wraps with has been replaced by another one, which it does not know.</summary>
    public const string MasterKeyRetired = "master-key-retired";

    /// <summary>A stored key cannot be unwrapped: its row was damaged or changed.</summary>
    public const string KeyDamaged = "subject-key-damaged";

    /// <summary>Something is sealed under a key that was never made here: the keys are older than the data, or lost.</summary>
    public const string KeyMissing = "subject-key-missing";

    /// <summary>The keys are missing, or are not those of the log: of another one, or of an earlier day.</summary>
    public const string KeysDoNotFit = "keys-do-not-fit";

    /// <summary>Something was to be sealed for a user who has been forgotten.</summary>
    public const string SubjectForgotten = "subject-forgotten";

    /// <summary>A sealed value was changed, or moved from the place that it was sealed for.</summary>
    public const string Tampered = "personal-data-tampered";

    /// <summary>What should be a sealed value is not written as one.</summary>
    public const string Malformed = "personal-data-malformed";

    /// <summary>The keys' store cannot be read or written now.</summary>
    public const string KeysUnavailable = "keys-unavailable";

    /// <summary>
    /// A key is deleted for good, but its bytes may still lie in the store's files because a reader held them; deleting
    /// again wipes them.
    /// </summary>
    public const string KeyNotWiped = "subject-key-not-wiped";

    public string Code { get; } = code;
}

/// <summary>Personal data of a forgotten user cannot be sealed: their key is never made again.</summary>
public sealed class SubjectForgottenException(UserId user)
    : PersonalDataException(SubjectForgotten, $"User {user} has been forgotten; nothing personal can be stored for him again.")
{
    public UserId User { get; } = user;
}
