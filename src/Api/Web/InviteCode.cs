using System.Buffers;

namespace Cqrs.Api.Web;

/// <summary>
/// The shape of an invite's code: 16 characters of lower-case base32 in Crockford's alphabet (no i, l, o, u), 80 bits.
/// </summary>
public static class InviteCode
{
    public const int Length = 16;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("0123456789abcdefghjkmnpqrstvwxyz");

    /// <summary>Whether somebody may be asked about it; says nothing of whether there is such an invite.</summary>
    public static bool IsPossible(ReadOnlySpan<char> text) => text.Length == Length && !text.ContainsAnyExcept(Alphabet);
}
