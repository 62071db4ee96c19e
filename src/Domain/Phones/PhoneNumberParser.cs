namespace Cqrs.Domain.Phones;

/// <summary>
/// From what people type to E.164, and from E.164 to countries. Decides as Google's libphonenumber does, in the form of
/// npm's libphonenumber-js 1.13 with its <c>min</c> metadata, which the contract tests compare it with. Pure, and safe
/// to call from any thread; the first call reads the numbering plans (some 15 ms, later ones 2 µs).
/// </summary>
public static class PhoneNumberParser
{
    private const int FewestNationalDigits = 2;
    private const int MostNationalDigits = 17;
    private const int MostDigits = PhoneText.MaxLength;

    /// <summary>
    /// Reads a number. With <c>+</c>, or the international prefix of the region (00, 011, …), it is international;
    /// otherwise national, and <paramref name="region"/> says where. Words around it and an extension are dropped.
    /// </summary>
    /// <param name="text">What was typed. Never throws on it; of more than 250 characters it is <see cref="PhoneRefusal.TooLong"/>.</param>
    /// <param name="region">ISO 3166-1 alpha-2 in either case. An unknown one matters only to a national number.</param>
    public static PhoneResult Parse(string? text, string? region)
    {
        Span<char> buffer = stackalloc char[MostDigits];
        var dialled = buffer[..PhoneText.Read(text, buffer, out var refusal)];
        if (dialled.IsEmpty)
            return PhoneResult.Refused(refusal);

        var home = string.IsNullOrEmpty(region) ? null : NumberingPlans.World.OfRegion(region);
        if (home is null && dialled[0] != '+')
            return PhoneResult.Refused(string.IsNullOrEmpty(region) ? PhoneRefusal.NoRegion : PhoneRefusal.UnknownRegion);
        return Resolve(dialled, home);
    }

    /// <summary>
    /// Reads a number from the address book of <paramref name="inviter"/>: what it lacks is taken from his own number.
    /// That is the country, and, in North America and Brazil, the area code: seven digits typed by +1 212… are +1 212 too.
    /// </summary>
    /// <param name="text">What was typed, as for <see cref="Parse"/>.</param>
    /// <param name="inviter">The inviter's own number.</param>
    public static PhoneResult Complete(string? text, PhoneNumber inviter)
    {
        Span<char> buffer = stackalloc char[MostDigits];
        var dialled = buffer[..PhoneText.Read(text, buffer, out var refusal)];
        if (dialled.IsEmpty)
            return PhoneResult.Refused(refusal);

        var main = Split(inviter, out var inviterNational);
        if (main is null)
            return Resolve(dialled, home: null);

        var home = NumberingPlans.World.OwnerOf(main.CallingCode, inviterNational) ?? main;
        var area = LocalDialling.AreaFor(dialled, home, inviterNational);
        if (area > 0)
        {
            var whole = Judge(main, string.Concat(inviterNational[..area], dialled));
            if (whole.Number is not null)
                return whole;
        }

        return Resolve(dialled, home);
    }

    /// <summary>
    /// The region of a number, ISO 3166-1 alpha-2. Where regions share a calling code (+1, +7, +44, …), the one whose
    /// plan claims the number, or the main one (US, RU, GB) if none does. Null for codes of no country (+800, +883, …).
    /// </summary>
    public static string? RegionOf(PhoneNumber number)
    {
        var main = Split(number, out var national);
        return main is null ? null : (NumberingPlans.World.OwnerOf(main.CallingCode, national) ?? main).Region;
    }

    /// <summary>The calling code of a number, one to three digits without +: "49". Null if no country has it any more.</summary>
    public static string? CallingCode(PhoneNumber number) => Split(number, out _)?.CallingCode;

    private static NumberingPlan? Split(PhoneNumber number, out ReadOnlySpan<char> national)
    {
        var digits = number.E164.AsSpan(1);
        var plan = NumberingPlans.World.OfInternational(digits, out var codeLength);
        national = plan is null ? default : digits[codeLength..];
        return plan;
    }

    private static PhoneResult Resolve(ReadOnlySpan<char> dialled, NumberingPlan? home)
    {
        if (dialled[0] == '+')
            return International(dialled[1..]);
        if (home is null)
            return PhoneResult.Refused(PhoneRefusal.NoRegion);

        var prefix = home.InternationalPrefixOf(dialled);
        if (prefix > 0)
            return International(dialled[prefix..]);

        return HasOwnCallingCode(home, dialled)
            ? International(dialled)
            : National(home, dialled);
    }

    private static PhoneResult International(ReadOnlySpan<char> digits)
    {
        var plan = NumberingPlans.World.OfInternational(digits, out var codeLength);
        return plan is null
            ? PhoneResult.Refused(PhoneRefusal.UnknownCountry)
            : National(plan, digits[codeLength..]);
    }

    private static PhoneResult National(NumberingPlan plan, ReadOnlySpan<char> dialled) =>
        Judge(plan, Significant(plan, dialled));

    private static PhoneResult Judge(NumberingPlan plan, ReadOnlySpan<char> national)
    {
        var owner = NumberingPlans.World.OwnerOf(plan.CallingCode, national) ?? plan;
        if (national.Length < FewestNationalDigits)
            return PhoneResult.Refused(PhoneRefusal.TooShort);
        if (national.Length > MostNationalDigits)
            return PhoneResult.Refused(PhoneRefusal.TooLong);
        if (owner.IsValid(national))
            return PhoneResult.Of(string.Concat("+", owner.CallingCode, national));

        return PhoneResult.Refused(owner.Judge(national.Length) switch
        {
            LengthVerdict.TooShort => PhoneRefusal.TooShort,
            LengthVerdict.TooLong => PhoneRefusal.TooLong,
            _ => PhoneRefusal.Invalid,
        });
    }

    /// <summary>
    /// The national significant number. A prefix that is taken off must leave something that can be a number, and must
    /// not spoil one that already was.
    /// </summary>
    private static ReadOnlySpan<char> Significant(NumberingPlan plan, ReadOnlySpan<char> dialled)
    {
        var national = plan.WithoutNationalPrefix(dialled);
        if (national.SequenceEqual(dialled))
            return dialled;
        if (plan.IsGeneral(dialled) && !plan.IsGeneral(national))
            return dialled;

        var owner = NumberingPlans.World.OwnerOf(plan.CallingCode, national) ?? plan;
        return owner.Judge(national.Length) is LengthVerdict.TooShort or LengthVerdict.Impossible ? dialled : national;
    }

    /// <summary>Whether somebody wrote his own country's code and forgot the +: "49 30 123456" in Germany.</summary>
    private static bool HasOwnCallingCode(NumberingPlan home, ReadOnlySpan<char> dialled)
    {
        if (!dialled.StartsWith(home.CallingCode))
            return false;

        var national = Significant(home, dialled);
        return home.Judge(national.Length) == LengthVerdict.TooLong
            || (!home.IsGeneral(national) && home.IsGeneral(Significant(home, dialled[home.CallingCode.Length..])));
    }
}
