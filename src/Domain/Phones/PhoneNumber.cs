namespace Cqrs.Domain.Phones;

/// <summary>
/// A phone number that is valid in the numbering plan of its country. Made by <see cref="PhoneNumberParser"/>, or read
/// back with <see cref="FromStored"/>. Two are equal when their E.164 texts are.
/// </summary>
public readonly record struct PhoneNumber
{
    // A calling code of 1 to 3 digits and a national number of 2 to 17 (ITU says 15 in all; Germany has longer ones).
    private const int FewestDigits = 3;
    private const int MostDigits = 20;

    private readonly string? _e164;

    internal PhoneNumber(string e164) => _e164 = e164;

    /// <summary>The number in the form of ITU-T E.164: <c>+</c>, calling code, national number; "+4930123456".</summary>
    /// <exception cref="InvalidOperationException">This is <c>default(PhoneNumber)</c>.</exception>
    public string E164 => _e164 ?? throw new InvalidOperationException("No phone number was set.");

    /// <summary>
    /// A number that was validated when it was stored. Plans change, so it is not judged again; only its shape is.
    /// </summary>
    /// <exception cref="ArgumentException">The text has not the shape of E.164: <c>+</c> and 3 to 20 ASCII digits.</exception>
    public static PhoneNumber FromStored(string e164)
    {
        ArgumentNullException.ThrowIfNull(e164);
        var digits = e164.AsSpan();
        if (digits.Length is < FewestDigits + 1 or > MostDigits + 1
            || digits[0] != '+'
            || digits[1] == '0'
            || digits[1..].ContainsAnyExceptInRange('0', '9'))
        {
            // The text stays out of the message: it may be most of somebody's number.
            throw new ArgumentException("This is not a stored phone number: + and 3 to 20 digits were expected.", nameof(e164));
        }

        return new(e164);
    }

    /// <summary>Never the number: what is printed by accident must not give anyone away.</summary>
    public override string ToString() => "phone number";
}
