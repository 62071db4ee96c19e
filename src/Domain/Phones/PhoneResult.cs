namespace Cqrs.Domain.Phones;

/// <summary>Why a text was refused as a phone number.</summary>
public enum PhoneRefusal
{
    /// <summary>There are no digits, or things between them that no number has.</summary>
    NotANumber,

    /// <summary>Fewer digits than any number of that country has.</summary>
    TooShort,

    /// <summary>More digits than any number of that country has, or a text of more than 250 characters.</summary>
    TooLong,

    /// <summary>It is written as an international number, and no country has the code that it begins with.</summary>
    UnknownCountry,

    /// <summary>It is written as a national number, and nothing says of which country.</summary>
    NoRegion,

    /// <summary>It is written as a national number, and the region that was given is no known one.</summary>
    UnknownRegion,

    /// <summary>Its length may be right, but its country gives out no such numbers.</summary>
    Invalid,
}

/// <summary>
/// What became of a text: a <see cref="Number"/>, or the <see cref="Refusal"/> and a sentence for whoever typed it.
/// Nothing here repeats the text.
/// </summary>
public readonly record struct PhoneResult
{
    private readonly PhoneRefusal _refusal;

    private PhoneResult(PhoneNumber? number, PhoneRefusal refusal)
    {
        Number = number;
        _refusal = refusal;
    }

    /// <summary>The number; null where the text was refused.</summary>
    public PhoneNumber? Number { get; }

    /// <summary>Why it was refused; null where it was not.</summary>
    public PhoneRefusal? Refusal => Number is null ? _refusal : null;

    /// <summary>What went wrong and what to do next, in one or two sentences; empty where there is a number.</summary>
    public string Sentence => Refusal switch
    {
        null => "",
        PhoneRefusal.TooShort => "This phone number has too few digits. Enter all of it, with its area code.",
        PhoneRefusal.TooLong => "This phone number has too many digits. Enter one number, without anything after it.",
        PhoneRefusal.UnknownCountry => "No country has the code that this phone number begins with. Check the digits after the +.",
        PhoneRefusal.NoRegion => "The country of this phone number is not known. Enter it with + and the country code in front.",
        PhoneRefusal.UnknownRegion => "The region sent with this phone number is not known. Send two letters such as DE or US, or enter the number with + and the country code in front.",
        PhoneRefusal.Invalid => "There is no such phone number in that country. Check its digits, or enter it with + and the country code in front.",
        _ => "This is not a phone number. Enter its digits, with + and the country code in front if it is in another country.",
    };

    internal static PhoneResult Of(string e164) => new(new PhoneNumber(e164), default);

    internal static PhoneResult Refused(PhoneRefusal refusal) => new(null, refusal);
}
