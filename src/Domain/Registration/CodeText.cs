using System.Globalization;
using System.Text;

namespace Cqrs.Domain.Registration;

/// <summary>
/// Reads a verification code as people type or paste it: spaces, dashes and invisible marks are dropped, decimal digits
/// of any script (full-width, Arabic-Indic, Devanagari, …) become ASCII digits.
/// </summary>
public static class CodeText
{
    /// <summary>The longest text that is read, in UTF-16 units.</summary>
    public const int MaxLength = 64;

    private const int MinusSign = 0x2212;

    /// <summary>Returns the ASCII digits of the code; null when the text is not a code of <see cref="RegistrationRules.CodeDigits"/> digits.</summary>
    public static string? Normalize(string typed)
    {
        if (typed.Length > MaxLength) return null;
        Span<char> digits = stackalloc char[RegistrationRules.CodeDigits];
        var count = 0;
        foreach (var rune in typed.EnumerateRunes())
        {
            if (IsSeparator(rune)) continue;
            if (Rune.GetUnicodeCategory(rune) is not UnicodeCategory.DecimalDigitNumber || count == digits.Length) return null;
            digits[count++] = (char)('0' + (int)Rune.GetNumericValue(rune));
        }

        return count == digits.Length ? new(digits) : null;
    }

    // Format characters are direction marks and zero-width spaces, which messengers put around numbers.
    private static bool IsSeparator(Rune rune) => Rune.IsWhiteSpace(rune) || rune.Value == MinusSign
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.DashPunctuation or UnicodeCategory.Format;
}
