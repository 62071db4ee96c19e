using System.Buffers;
using System.Security.Cryptography;

namespace Cqrs.Commands.Connections;

/// <summary>
/// The code of an invite link: 16 characters of Crockford's base 32 in lower case, 80 bits from a cryptographic source.
/// </summary>
public static class InviteCode
{
    public const int Length = 16;

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    public static string Draw() => RandomNumberGenerator.GetString(Alphabet, Length);

    /// <summary>Could this be a code at all? Asked before anything is looked up.</summary>
    public static bool IsPossible(ReadOnlySpan<char> code) => code.Length == Length && !code.ContainsAnyExcept(Letters);
}
