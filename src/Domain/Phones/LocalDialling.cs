namespace Cqrs.Domain.Phones;

/// <summary>
/// Numbers that people write without the area code because they share it. The area code is taken from the number of
/// whoever wrote it, but only where that is right:
/// <list type="bullet">
/// <item>the plan's area codes all have one length, so that it is known how much to take;</item>
/// <item>mobile numbers have area codes too, so that the writer's own number, a mobile one, says where he is;</item>
/// <item>a local number can be told from a complete one.</item>
/// </list>
/// That is North America (+1: three digits and seven) and Brazil (+55: two digits and eight or nine). It is not Germany,
/// Britain, Japan, India or Argentina (area codes of several lengths); not Australia, New Zealand, Turkey, Russia,
/// Venezuela or Israel (a mobile number names an operator, not a place); not France, Italy, Spain, Mexico, Colombia,
/// Chile or others where all digits are always dialled. Territories with a single area code (Antigua, Guernsey, …) need
/// nothing from here: their plans put it in.
/// </summary>
internal static class LocalDialling
{
    private const int NorthAmericanArea = 3;
    private const int BrazilianArea = 2;

    /// <summary>How many digits of <paramref name="inviter"/>'s national number go before <paramref name="dialled"/>; 0 for none.</summary>
    public static int AreaFor(ReadOnlySpan<char> dialled, NumberingPlan plan, ReadOnlySpan<char> inviter) => plan.CallingCode switch
    {
        "1" when IsNorthAmericanLocal(dialled, plan) && plan.IsGeographic(inviter) => NorthAmericanArea,
        "55" when IsBrazilianLocal(dialled) && IsBrazilianWithArea(inviter) => BrazilianArea,
        _ => 0,
    };

    // NXX-XXXX (ATIS-0300051). In Canada 310-XXXX is complete: one number for the whole country.
    private static bool IsNorthAmericanLocal(ReadOnlySpan<char> dialled, NumberingPlan plan) =>
        dialled.Length == 7
        && dialled[0] is >= '2' and <= '9'
        && !(plan.Region is "CA" && dialled.StartsWith("310"));

    // Anatel, resolutions 86 and 553: a mobile number is 9 and eight digits, a fixed one eight digits that begin with 2 to
    // 5. 300x and 40xx are complete: one number for the whole country. Mobile numbers that lack the 9, as they were until
    // 2016, are not mended: they begin as nothing does now, and are refused.
    private static bool IsBrazilianLocal(ReadOnlySpan<char> dialled) => dialled.Length switch
    {
        9 => dialled[0] == '9' && dialled[1] != '0',
        8 => dialled[0] is >= '2' and <= '5' && !dialled.StartsWith("300") && !dialled.StartsWith("40"),
        _ => false,
    };

    private static bool IsBrazilianWithArea(ReadOnlySpan<char> inviter) =>
        inviter.Length is 10 or 11 && inviter[0] is not '0' && inviter[1] is not '0';
}
