using System.Globalization;
using Cqrs.Domain.Decisions;

namespace Cqrs.Domain.Users;

/// <summary>
/// A first and a last name as typed, trimmed. The first is needed, the last may be empty; each at most 60 characters
/// as people count them (grapheme clusters), without control characters.
/// </summary>
public sealed record PersonName
{
    public const int MaxLength = 60;

    private PersonName(string first, string last) => (First, Last) = (first, last);

    public string First { get; }

    public string Last { get; }

    public static readonly Refusal Invalid = new(
        "invalid-name", $"A first name is needed; first and last name may each have at most {MaxLength} characters and no control characters.");

    /// <returns>The name, or null where it is no possible name.</returns>
    public static PersonName? TryMake(string first, string last)
    {
        first = first.Trim();
        last = last.Trim();
        return IsSeen(first) && IsPossible(first) && IsPossible(last) ? new(first, last) : null;
    }

    /// <summary>Never the name: what is printed by accident must not give anyone away.</summary>
    public override string ToString() => "name";

    // Zero-width characters belong into names, but make none alone.
    private static bool IsSeen(string name) => name.EnumerateRunes().Any(rune =>
        System.Text.Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.SpaceSeparator));

    // A grapheme may have many code points (families, flags, stacked accents), but not without end.
    private static bool IsPossible(string name)
    {
        if (name.Length > MaxLength * 8) return false;
        foreach (var rune in name.EnumerateRunes())
        {
            var category = System.Text.Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Control or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse) return false;
            if (rune == System.Text.Rune.ReplacementChar || IsBidiOverride(rune)) return false;
        }

        return new StringInfo(name).LengthInTextElements <= MaxLength;
    }

    // U+202A..U+202E and U+2066..U+2069 turn the reading direction of what stands around the name.
    private static bool IsBidiOverride(System.Text.Rune rune) => rune.Value is >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069;
}
