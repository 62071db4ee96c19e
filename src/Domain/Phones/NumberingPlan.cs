using System.Numerics;
using System.Text.RegularExpressions;

namespace Cqrs.Domain.Phones;

/// <summary>How the length of a number compares with the lengths that its plan knows.</summary>
internal enum LengthVerdict
{
    Possible,
    TooShort,
    TooLong,

    /// <summary>Between the shortest and the longest, but none of them.</summary>
    Impossible,
}

/// <summary>
/// The numbers of one country or territory, or of one calling code that belongs to none: a line of
/// numbering-plans.tsv, whose columns eng/phone-metadata/README.md describes. Patterns are compiled when first asked:
/// most processes meet the numbers of few countries.
/// </summary>
internal sealed class NumberingPlan
{
    private const int FirstTypeColumn = 8;

    private readonly string _internationalPrefix;
    private readonly string _nationalPrefix;
    private readonly string _transform;
    private readonly string[] _leadingDigits;
    private readonly uint _lengths;
    private readonly string _general;
    private readonly string[] _typeColumns;

    private Regex? _internationalPrefixPattern;
    private Regex? _nationalPrefixPattern;
    private Regex? _generalPattern;
    private NumberType[]? _types;

    private NumberingPlan(string[] columns)
    {
        CallingCode = columns[0];
        Region = columns[1] == NumberingPlans.NoCountry ? null : columns[1];
        _internationalPrefix = columns[2];
        _nationalPrefix = columns[3];
        _transform = columns[4];
        _leadingDigits = columns[5].Split(',', StringSplitOptions.RemoveEmptyEntries);
        _lengths = LengthsOf(columns[6]);
        _general = columns[7];
        _typeColumns = columns[FirstTypeColumn..];
    }

    /// <summary>One to three digits.</summary>
    public string CallingCode { get; }

    /// <summary>ISO 3166-1 alpha-2; null for a calling code that belongs to no country, such as 800.</summary>
    public string? Region { get; }

    public static NumberingPlan Read(string line) => new(line.Split('\t'));

    /// <summary>Whether some number of this plan looks so; by its types where the plan tells them apart, as the oracle does.</summary>
    public bool IsValid(ReadOnlySpan<char> national) =>
        _typeColumns.Length > 0 ? HasType(national) : IsGeneral(national);

    public bool IsGeneral(ReadOnlySpan<char> national) => Matches(ref _generalPattern, _general, national);

    /// <summary>Whether, of the regions that share a calling code, this is the one whose number it is.</summary>
    public bool Owns(ReadOnlySpan<char> national)
    {
        if (_leadingDigits.Length == 0)
            return HasType(national);

        foreach (var leading in _leadingDigits)
        {
            if (national.StartsWith(leading))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Whether the number begins with the code of an area, rather than with one for free calls or the like. Where a plan
    /// names leading digits and no types, those digits are its areas.
    /// </summary>
    public bool IsGeographic(ReadOnlySpan<char> national)
    {
        if (_typeColumns.Length == 0)
            return _leadingDigits.Length > 0 && Owns(national);

        foreach (var type in Types)
        {
            if (type.IsFixedLine && type.Matches(national))
                return true;
        }

        return false;
    }

    public LengthVerdict Judge(int length)
    {
        if (length < BitOperations.TrailingZeroCount(_lengths))
            return LengthVerdict.TooShort;
        if (length > BitOperations.Log2(_lengths))
            return LengthVerdict.TooLong;
        return Has(_lengths, length) ? LengthVerdict.Possible : LengthVerdict.Impossible;
    }

    /// <summary>How many digits at the start say "another country follows" when dialled from here; 0 for none.</summary>
    public int InternationalPrefixOf(ReadOnlySpan<char> dialled)
    {
        if (_internationalPrefix.Length == 0)
            return 0;
        var length = PrefixOf(ref _internationalPrefixPattern, _internationalPrefix, dialled);

        // No calling code begins with 0, so what follows is a number of this country after all.
        return length == dialled.Length || dialled[length] == '0' ? 0 : length;
    }

    /// <summary>
    /// Takes the trunk prefix and the carrier's code from a number dialled within the country, or puts in what the plan
    /// says is left out (seven digits in Antigua get their 268). The same text where there is nothing to do.
    /// </summary>
    public ReadOnlySpan<char> WithoutNationalPrefix(ReadOnlySpan<char> dialled)
    {
        if (_nationalPrefix.Length == 0 || dialled.IsEmpty)
            return dialled;
        if (_transform.Length == 0)
            return dialled[PrefixOf(ref _nationalPrefixPattern, _nationalPrefix, dialled)..];

        _nationalPrefixPattern ??= Anchored(_nationalPrefix);
        var match = _nationalPrefixPattern.Match(dialled.ToString());
        if (!match.Success)
            return dialled;
        var rest = dialled[match.Length..];

        // Only a match that reached the last group is transformed; others are prefixes and nothing more.
        return match.Groups[^1].Length == 0 ? rest : string.Concat(Transformed(match), rest);
    }

    private string Transformed(Match match)
    {
        var dollar = _transform.IndexOf('$');
        var group = match.Groups[_transform[dollar + 1] - '0'];
        return string.Concat(_transform.AsSpan(0, dollar), group.ValueSpan, _transform.AsSpan(dollar + 2));
    }

    private bool HasType(ReadOnlySpan<char> national)
    {
        if (_typeColumns.Length == 0 || !IsGeneral(national))
            return false;

        foreach (var type in Types)
        {
            if (type.Matches(national))
                return true;
        }

        return false;
    }

    private NumberType[] Types => _types ??= [.. _typeColumns.Select(column => new NumberType(column))];

    private static bool Matches(ref Regex? pattern, string text, ReadOnlySpan<char> national)
    {
        pattern ??= Whole(text);
        return pattern.IsMatch(national);
    }

    private static int PrefixOf(ref Regex? pattern, string prefix, ReadOnlySpan<char> dialled)
    {
        // Most prefixes are plain digits, and need no pattern.
        if (!prefix.AsSpan().ContainsAnyExceptInRange('0', '9'))
            return dialled.StartsWith(prefix) ? prefix.Length : 0;

        pattern ??= Anchored(prefix);
        foreach (var match in pattern.EnumerateMatches(dialled))
            return match.Length;
        return 0;
    }

    /// <summary>"7,10" as bits 7 and 10.</summary>
    private static uint LengthsOf(ReadOnlySpan<char> column)
    {
        var lengths = 0u;
        var length = 0;
        foreach (var character in column)
        {
            if (character == ',')
            {
                lengths |= 1u << length;
                length = 0;
            }
            else
            {
                length = (length * 10) + (character - '0');
            }
        }

        return lengths | 1u << length;
    }

    private static bool Has(uint lengths, int length) => length < 32 && (lengths >> length & 1) != 0;

    // Interpreted, neither compiled nor non-backtracking: those cost tens of milliseconds for a first match of 100 ns.
    // The patterns are our own resource's and repeat only single digits, a bounded number of times; the converter
    // refuses any other. The texts are digits, 250 at most. So no time limit is needed.
#pragma warning disable MA0009
    private static Regex Whole(string pattern) => new($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant);

    private static Regex Anchored(string pattern) => new($@"\A(?:{pattern})", RegexOptions.CultureInvariant);
#pragma warning restore MA0009

    /// <summary>Numbers of one kind (mobile, free, …), where the plan tells kinds apart.</summary>
    private sealed class NumberType
    {
        private readonly uint _lengths;
        private readonly string _text;
        private Regex? _pattern;

        public NumberType(string column)
        {
            var colon = column.IndexOf(':');
            IsFixedLine = column[0] == 'F';
            _lengths = LengthsOf(column.AsSpan()[(IsFixedLine ? 1 : 0)..colon]);
            _text = column[(colon + 1)..];
        }

        public bool IsFixedLine { get; }

        public bool Matches(ReadOnlySpan<char> national) =>
            Has(_lengths, national.Length) && NumberingPlan.Matches(ref _pattern, _text, national);
    }
}
