using System.Text.RegularExpressions;

namespace Cqrs.Domain.Phones;

/// <summary>
/// Finds what was dialled in what was typed: an optional plus sign and ASCII digits. Follows the rules of Google's
/// libphonenumber as libphonenumber-js 1.13 has them (source/parse.js, helpers/isViablePhoneNumber.js,
/// helpers/extension): words around a number are dropped, an extension is cut off, digits may be full-width,
/// Arabic-Indic or Eastern Arabic.
/// </summary>
internal static partial class PhoneText
{
    /// <summary>The longest text that is looked at, in characters; libphonenumber's limit, so that a long one costs nothing.</summary>
    public const int MaxLength = 250;

    private const string Context = ";phone-context=";
    private const string Subaddress = ";isub=";

    /// <summary>
    /// Writes the plus sign, if there is one, and the digits to <paramref name="dialled"/>, which takes at least
    /// <see cref="MaxLength"/> characters, and returns how many; or 0, and the reason.
    /// </summary>
    public static int Read(ReadOnlySpan<char> text, Span<char> dialled, out PhoneRefusal refusal)
    {
        refusal = PhoneRefusal.NotANumber;
        if (text.Length > MaxLength)
        {
            refusal = PhoneRefusal.TooLong;
            return 0;
        }

        var contextAt = text.IndexOf(Context, StringComparison.Ordinal);
        if (contextAt < 0)
            text = Trim(text);
        else if (!TryPutInContext(text, contextAt, out text))
            return 0;

        var subaddressAt = text.IndexOf(Subaddress, StringComparison.Ordinal);
        if (subaddressAt > 0)
            text = text[..subaddressAt];

        var length = WithoutExtension(text, out refusal);
        return Write(text[..length], dialled);
    }

    /// <summary>RFC 3966: a local number and what is dialled before it, "tel:30123456;phone-context=+49".</summary>
    private static bool TryPutInContext(ReadOnlySpan<char> text, int contextAt, out ReadOnlySpan<char> whole)
    {
        whole = default;
        var context = text[(contextAt + Context.Length)..];
        var end = context.IndexOf(';');
        context = end < 0 ? context : context[..end];

        // A context that is a domain names a private exchange, whose numbers nobody outside can dial.
        if (!IsGlobalContext(context))
            return false;

        var start = text.IndexOf("tel:", StringComparison.Ordinal);
        whole = string.Concat(context, text[(start < 0 || start > contextAt ? 0 : start + 4)..contextAt]);
        return true;
    }

    /// <summary>From the first plus sign or digit to the last digit, or <c>#</c>, which may close an extension.</summary>
    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        var start = 0;
        while (start < text.Length && !IsPlus(text[start]) && DigitOf(text[start]) < 0)
            start++;
        var end = text.Length;
        while (end > start && text[end - 1] != '#' && DigitOf(text[end - 1]) < 0)
            end--;
        return text[start..end];
    }

    /// <summary>How much of the text is the number; 0, and the reason, where it is none.</summary>
    private static int WithoutExtension(ReadOnlySpan<char> text, out PhoneRefusal refusal)
    {
        refusal = PhoneRefusal.NotANumber;

        // How far plain number characters reach, and how many digits are among them.
        var plain = text.Length > 0 && IsPlus(text[0]) ? 1 : 0;
        var digits = 0;
        var mayHaveExtension = false;
        for (; plain < text.Length; plain++)
        {
            if (DigitOf(text[plain]) >= 0)
                digits++;
            else if (!IsPunctuation(text[plain]))
                break;
            else
                mayHaveExtension |= IsTilde(text[plain]);
        }

        var wholeIsPlain = plain == text.Length;
        if (wholeIsPlain && digits < 3)
        {
            // Two bare digits are a number to libphonenumber, though too short a one in every plan.
            if (digits > 0 && DigitOf(text[^1]) >= 0)
                refusal = PhoneRefusal.TooShort;
            return 0;
        }

        if (wholeIsPlain && !mayHaveExtension)
            return text.Length;

        // An extension starts at the first place from which its label and digits reach to the end of the text; the whole
        // is a number if, wherever it may start, at least three digits of plain number come before.
        var first = ExtensionAt(text, 0);
        if (wholeIsPlain)
            return first < 0 ? text.Length : first;

        for (var start = first; start >= 0 && start <= plain; start = ExtensionAt(text, start + 1))
        {
            if (DigitsIn(text[..start]) >= 3)
                return first;
        }

        return 0;
    }

    private static int ExtensionAt(ReadOnlySpan<char> text, int from)
    {
        foreach (var extension in Extension().EnumerateMatches(text, from))
            return extension.Index;
        return -1;
    }

    private static int DigitsIn(ReadOnlySpan<char> text)
    {
        var digits = 0;
        foreach (var character in text)
        {
            if (DigitOf(character) >= 0)
                digits++;
        }

        return digits;
    }

    private static int Write(ReadOnlySpan<char> number, Span<char> dialled)
    {
        var length = 0;
        foreach (var character in number)
        {
            var digit = DigitOf(character);
            if (digit >= 0)
                dialled[length++] = (char)('0' + digit);
            else if (length == 0 && IsPlus(character))
                dialled[length++] = '+';
        }

        return length;
    }

    private static bool IsGlobalContext(ReadOnlySpan<char> context)
    {
        if (context.Length < 2 || context[0] != '+')
            return false;
        var digits = 0;
        foreach (var character in context[1..])
        {
            if (DigitOf(character) >= 0)
                digits++;
            else if (character is not ('-' or '.' or '(' or ')'))
                return false;
        }

        return digits > 0;
    }

    private static int DigitOf(char character) => character switch
    {
        >= '0' and <= '9' => character - '0',
        < '\u0660' => -1,
        >= '\uFF10' and <= '\uFF19' => character - '\uFF10',
        <= '\u0669' => character - '\u0660',
        >= '\u06F0' and <= '\u06F9' => character - '\u06F0',
        _ => -1,
    };

    private static bool IsPlus(char character) => character is '+' or '\uFF0B';

    private static bool IsTilde(char character) => character is '~' or '\u2053' or '\u223C' or '\uFF5E';

    private static bool IsPunctuation(char character) => character switch
    {
        ' ' or '-' or '.' or '/' or '(' or ')' or '[' or ']' => true,
        < '\u00A0' => character == '~',
        '\u00A0' or '\u00AD' or '\u200B' or '\u2060' or '\u3000' => true,
        >= '\u2010' and <= '\u2015' or '\u2212' or '\u30FC' or '\uFF0D' => true,
        '\uFF0F' or '\uFF0E' or '\uFF08' or '\uFF09' or '\uFF3B' or '\uFF3D' => true,
        _ => IsTilde(character),
    };

    private const string D = "[0-9\uFF10-\uFF19\u0660-\u0669\u06F0-\u06F9]";

    // libphonenumber's (createExtensionPattern): RFC 3966, explicit labels, ambiguous ones, "- 503#", and the pauses of
    // automatic dialling. Only the commas differ: they are atomic, which changes no match and keeps the work quadratic at
    // worst in the 250 characters that it may be asked about; so it has no time limit.
#pragma warning disable MA0009
    [GeneratedRegex(
        "(?:;ext=" + D + "{1,20}"
        + "|[ \u00A0\\t,]*(?:e?xt(?:ensi(?:o\u0301?|\u00F3))?n?|\uFF45?\uFF58\uFF54\uFF4E?|\u0434\u043E\u0431|anexo)[:\\.\uFF0E]?[ \u00A0\\t,-]*" + D + "{1,20}#?"
        + "|[ \u00A0\\t,]*(?:[x\uFF58#\uFF03~\uFF5E]|int|\uFF49\uFF4E\uFF54)[:\\.\uFF0E]?[ \u00A0\\t,-]*" + D + "{1,9}#?"
        + "|[- ]+" + D + "{1,6}#"
        + "|[ \u00A0\\t]*(?:,{2}|;)[:\\.\uFF0E]?[ \u00A0\\t,-]*" + D + "{1,15}#?"
        + "|[ \u00A0\\t]*(?>,+)[:\\.\uFF0E]?[ \u00A0\\t,-]*" + D + "{1,9}#?"
        + ")\\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Extension();
#pragma warning restore MA0009
}
