using System.Security.Cryptography;

namespace Cqrs.Domain.Mailboxes;

/// <summary>The one step that all names and halves are made of: HMAC-SHA256(key, label || rest).</summary>
internal static class Scramble
{
    // Longest label with the longest rest (a connection id, 36 characters) stays below this.
    private const int LongestInput = 64;

    public static void Derive(ReadOnlySpan<byte> key, ReadOnlySpan<byte> label, ReadOnlySpan<byte> rest, Span<byte> destination)
    {
        Span<byte> input = stackalloc byte[LongestInput];
        label.CopyTo(input);
        rest.CopyTo(input[label.Length..]);
        HMACSHA256.HashData(key, input[..(label.Length + rest.Length)], destination);
    }
}
