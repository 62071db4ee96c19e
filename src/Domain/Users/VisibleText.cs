using System.Globalization;
using System.Text;

namespace Cqrs.Domain.Users;

/// <summary>Decides whether a text that is shown to people shows anything, and whether it holds only text.</summary>
/// <remarks>
/// Code points that this runtime's Unicode tables do not know yet count as text: they are letters and emoji of newer
/// versions. Source of the invisible ones: the property Default_Ignorable_Code_Point of Unicode 16
/// (DerivedCoreProperties.txt), and the blanks that Unicode classes as letters or symbols.
/// </remarks>
public static class VisibleText
{
    /// <summary>Returns true when at least one character of the text leaves a mark on the screen by itself.</summary>
    public static bool ShowsSomething(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (ShowsSomething(rune)) return true;
        }

        return false;
    }

    /// <summary>
    /// Returns true when the text has no control characters, line or paragraph separators, private-use characters,
    /// noncharacters, unpaired surrogates, replacement characters, or characters that turn the direction of the text
    /// around it.
    /// </summary>
    public static bool IsText(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            // An unpaired surrogate is enumerated as the replacement character.
            if (rune == Rune.ReplacementChar || IsNonCharacter(rune.Value) || TurnsDirection(rune.Value)) return false;
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse) return false;
        }

        return true;
    }

    private static bool ShowsSomething(Rune rune) => !IsInvisible(rune.Value)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);

    // Letters, symbols and unassigned code points that are drawn as nothing; their category does not show it.
    private static bool IsInvisible(int code) => code is
        0x115F or 0x1160 // Hangul fillers
        or 0x2065
        or 0x2800 // Braille pattern blank
        or 0x3164 or 0xFFA0 // Hangul fillers
        or (>= 0xFFF0 and <= 0xFFF8)
        or 0x13441 or 0x13442 // Egyptian hieroglyph blanks
        or 0x1D159 // musical symbol null notehead
        or (>= 0xE0000 and <= 0xE0FFF); // tags, variation selectors, and what is reserved beside them

    private static bool IsNonCharacter(int code) => code is >= 0xFDD0 and <= 0xFDEF || (code & 0xFFFE) == 0xFFFE;

    // Embeddings, overrides and isolates.
    private static bool TurnsDirection(int code) => code is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
