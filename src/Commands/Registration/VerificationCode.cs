using System.Globalization;
using System.Security.Cryptography;
using Cqrs.Domain.Registration;

namespace Cqrs.Commands.Registration;

internal static class VerificationCode
{
    /// <summary>Six digits from a cryptographic source, each code equally likely.</summary>
    public static string Draw() =>
        RandomNumberGenerator.GetInt32(1_000_000).ToString($"D{RegistrationRules.CodeDigits}", CultureInfo.InvariantCulture);
}
