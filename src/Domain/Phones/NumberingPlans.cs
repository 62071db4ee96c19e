using System.Text;

namespace Cqrs.Domain.Phones;

/// <summary>
/// The numbering plans of the world, read from the embedded numbering-plans.tsv when the first number is parsed and
/// never before. A plan's line is taken apart when that plan is first asked for.
/// </summary>
internal sealed class NumberingPlans
{
    /// <summary>Stands for "no country" in the resource, as in Google's data: the UN's code for the world.</summary>
    public const string NoCountry = "001";

    private const string Resource = "numbering-plans.tsv";

    private static readonly Lazy<NumberingPlans> Loaded = new(() => new NumberingPlans(ReadResource()));

    private readonly string[] _lines;
    private readonly NumberingPlan?[] _plans;
    private readonly Dictionary<string, int> _lineOfRegion = new(StringComparer.OrdinalIgnoreCase);
    private readonly (int First, int Count)[] _linesOfCallingCode = new (int, int)[1000];

    private NumberingPlans(string text)
    {
        _lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        _plans = new NumberingPlan?[_lines.Length];

        for (var line = 0; line < _lines.Length; line++)
        {
            var columns = _lines[line].AsSpan();
            if (columns[0] == '#')
                continue;

            var tab = columns.IndexOf('\t');
            ref var lines = ref _linesOfCallingCode[ValueOf(columns[..tab])];
            lines = lines.Count == 0 ? (line, 1) : (lines.First, lines.Count + 1);

            columns = columns[(tab + 1)..];
            var region = columns[..columns.IndexOf('\t')];
            if (region is not NoCountry)
                _lineOfRegion.Add(region.ToString(), line);
        }
    }

    public static NumberingPlans World => Loaded.Value;

    /// <summary>The plan of a region, ISO 3166-1 alpha-2 in either case; null for an unknown one.</summary>
    public NumberingPlan? OfRegion(string region) =>
        _lineOfRegion.TryGetValue(region, out var line) ? Plan(line) : null;

    /// <summary>The plan of a calling code's main region: the first of those that share it. Null for an unknown code.</summary>
    public NumberingPlan? OfCallingCode(ReadOnlySpan<char> callingCode)
    {
        if (callingCode.Length is 0 or > 3)
            return null;
        var (first, count) = _linesOfCallingCode[ValueOf(callingCode)];
        return count == 0 ? null : Plan(first);
    }

    /// <summary>
    /// The plan of the calling code that a number (without +) begins with, and the code's length. Codes are prefix-free:
    /// at most one fits.
    /// </summary>
    public NumberingPlan? OfInternational(ReadOnlySpan<char> digits, out int codeLength)
    {
        // "+044" is no way to write "+44": a code never begins with 0, and there the table's index would be ambiguous.
        for (codeLength = 1; codeLength <= 3 && codeLength <= digits.Length && digits[0] != '0'; codeLength++)
        {
            if (OfCallingCode(digits[..codeLength]) is { } plan)
                return plan;
        }

        return null;
    }

    /// <summary>
    /// The plan of the very region that a national number belongs to, among those that share its calling code; null if
    /// none claims it, or the code belongs to no country.
    /// </summary>
    public NumberingPlan? OwnerOf(string callingCode, ReadOnlySpan<char> national)
    {
        var (first, count) = _linesOfCallingCode[ValueOf(callingCode)];
        if (count == 1)
            return Plan(first).Region is null ? null : Plan(first);

        for (var line = first; line < first + count; line++)
        {
            if (Plan(line).Owns(national))
                return Plan(line);
        }

        return null;
    }

    // Two threads may read the same line; either plan is as good, and the assignment is atomic.
    private NumberingPlan Plan(int line) => _plans[line] ??= NumberingPlan.Read(_lines[line]);

    private static int ValueOf(ReadOnlySpan<char> digits)
    {
        var value = 0;
        foreach (var digit in digits)
            value = (value * 10) + (digit - '0');
        return value;
    }

    private static string ReadResource()
    {
        using var stream = typeof(NumberingPlans).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing from the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Encoding.ASCII.GetString(bytes);
    }
}
