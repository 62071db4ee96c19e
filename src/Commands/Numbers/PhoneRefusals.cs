using Cqrs.Domain.Decisions;
using Cqrs.Domain.Phones;

namespace Cqrs.Commands.Numbers;

internal static class PhoneRefusals
{
    public static readonly Refusal CountryNotAllowed = new(
        "country-not-allowed", "Numbers of this country cannot be registered here.");

    /// <summary>Why a text is no possible number; the text itself is not repeated.</summary>
    public static Refusal Invalid(PhoneResult result) => new("invalid-phone", result.Sentence);
}
