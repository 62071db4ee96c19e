using System.Collections.Frozen;
using Cqrs.Domain.Phones;

namespace Cqrs.Commands.Registration;

/// <summary>From which countries one may register: calling codes without the plus; none listed means all.</summary>
public sealed class AllowedCountries(IEnumerable<string> callingCodes)
{
    public static readonly AllowedCountries All = new([]);

    private readonly FrozenSet<string> _codes = callingCodes.ToFrozenSet();

    public bool Allow(PhoneNumber phone) => _codes.Count == 0 || (PhoneNumberParser.CallingCode(phone) is { } code && _codes.Contains(code));
}
