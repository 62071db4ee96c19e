using System.Globalization;
using Cqrs.Domain.Decisions;

namespace Cqrs.Domain.Users;

/// <summary>
/// A first and a last name as typed, trimmed. The first is needed, the last may be empty; each has at most 60 characters
/// as people count them (grapheme clusters), shows something, and consists of text (<see cref="VisibleText"/>).
/// </summary>
public sealed record PersonName
{
    public const int MaxLength = 60;

    private PersonName(string first, string last) => (First, Last) = (first, last);

    public string First { get; }

    public string Last { get; }

    public static readonly Refusal Invalid = new(
        "invalid-name",
        $"A first name that can be seen is needed; the last name may be empty. Each may have at most {MaxLength} characters, and no control, private-use or direction-changing characters.");

    /// <summary>Returns the name; null when the two texts are not a possible name.</summary>
    public static PersonName? TryMake(string first, string last)
    {
        first = first.Trim();
        last = last.Trim();
        return IsPossible(first) && (last.Length == 0 || IsPossible(last)) ? new(first, last) : null;
    }

    /// <summary>Returns a constant: personal data must not reach logs by accident.</summary>
    public override string ToString() => "name";

    // A grapheme may have many code points (families, flags, stacked accents), but not without end.
    private static bool IsPossible(string name) =>
        name.Length <= MaxLength * 8 && VisibleText.IsText(name) && VisibleText.ShowsSomething(name)
        && new StringInfo(name).LengthInTextElements <= MaxLength;
}
