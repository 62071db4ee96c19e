namespace Cqrs.Domain.Identity;

/// <summary>
/// A piece of personal data (a name, a number, a key) together with the user whom it tells about. In memory it is
/// readable; wherever it is stored it is encrypted under that user's key. When the key is deleted the value reads as
/// erased: <see cref="Text"/> is null, and nothing throws.
/// </summary>
public sealed record Personal(UserId Subject, string? Text)
{
    /// <summary>A value whose subject has been forgotten.</summary>
    public static Personal Erased(UserId subject) => new(subject, Text: null);

    public bool IsErased => Text is null;

    /// <summary>Never the value: what is printed by accident must not give anyone away.</summary>
    public override string ToString() => IsErased ? "erased" : "personal";
}
