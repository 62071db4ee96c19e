using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Domain.Tokens;

/// <summary>Why a token was not accepted.</summary>
public enum TokenRefusal
{
    /// <summary>It was accepted.</summary>
    None,

    /// <summary>It is no token, or none that our keys signed.</summary>
    Invalid,

    /// <summary>It was signed by us and has run out: its holder should fetch another.</summary>
    Expired,
}

/// <summary>Signs and checks tickets. Format: docs/formats.md, "Ticket".</summary>
public static class Tickets
{
    private const byte Version = 0x02;
    private const int HeaderSize = 51;
    private const int GrantSize = 48;
    private const int SmallestSize = HeaderSize + TokenBytes.MacSize;
    private const int LargestSize = SmallestSize + (Ticket.MaxGrants * GrantSize);

    private static ReadOnlySpan<byte> Label => "cqrs/ticket/v1\0"u8;

    /// <summary>Length in bytes of a ticket with this many grants.</summary>
    public static int SizeOf(int grants) => SmallestSize + (grants * GrantSize);

    /// <summary>The ticket's text in base64url.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time before 1970.</exception>
    public static string Sign(Ticket ticket, TokenKeys keys)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(keys);
        Span<byte> buffer = stackalloc byte[Label.Length + LargestSize];
        Label.CopyTo(buffer);

        var labelled = buffer[..(Label.Length + SizeOf(ticket.Grants.Length))];
        var bytes = labelled[Label.Length..];
        bytes[0] = Version;
        bytes[1] = keys.SigningKeyId;
        ticket.UserKey.Write(bytes[2..]);
        ticket.Bit.Write(bytes[18..]);
        TokenBytes.WriteTime(bytes[34..], ticket.IssuedAt);
        TokenBytes.WriteTime(bytes[42..], ticket.ExpiresAt);
        bytes[50] = (byte)ticket.Grants.Length;

        var rest = bytes[HeaderSize..];
        foreach (var grant in ticket.Grants)
        {
            grant.Out.Write(rest);
            grant.In.Write(rest[16..]);
            grant.Peer.Write(rest[32..]);
            rest = rest[GrantSize..];
        }

        TokenBytes.Sign(labelled, keys);
        return StrictBase64Url.Write(bytes);
    }

    /// <summary>
    /// Whether the text is a ticket signed by one of the keys that has not run out at <paramref name="now"/>. Only a
    /// ticket that we signed is ever called expired. Allocates nothing but the ticket that it returns, compares in
    /// constant time and never throws, whatever the text is.
    /// </summary>
    public static bool TryVerify(
        ReadOnlySpan<char> text, TokenKeys keys, DateTimeOffset now,
        [NotNullWhen(true)] out Ticket? ticket, out TokenRefusal refusal)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ticket = null;
        refusal = TokenRefusal.Invalid;
        Span<byte> buffer = stackalloc byte[Label.Length + LargestSize];
        Label.CopyTo(buffer);

        if (!StrictBase64Url.TryRead(text, buffer[Label.Length..], out var size) || size < SmallestSize)
            return false;

        var labelled = buffer[..(Label.Length + size)];
        var bytes = labelled[Label.Length..];
        int count = bytes[50];
        if (bytes[0] != Version
            || count > Ticket.MaxGrants
            || size != SizeOf(count)
            || !TokenBytes.IsSigned(labelled, Label.Length, keys)
            || !TokenBytes.TryReadTime(bytes[34..42], out var issuedAt)
            || !TokenBytes.TryReadTime(bytes[42..50], out var expiresAt))
        {
            return false;
        }

        if (now >= expiresAt)
        {
            refusal = TokenRefusal.Expired;
            return false;
        }

        ticket = new(
            UserKey.Read(bytes[2..18]), BitName.Read(bytes[18..34]), issuedAt, expiresAt,
            ImmutableCollectionsMarshal.AsImmutableArray(ReadGrants(bytes[HeaderSize..^TokenBytes.MacSize], count)));
        refusal = TokenRefusal.None;
        return true;
    }

    private static Grant[] ReadGrants(ReadOnlySpan<byte> source, int count)
    {
        if (count == 0)
            return [];

        var grants = new Grant[count];
        for (var i = 0; i < count; i++)
        {
            var one = source.Slice(i * GrantSize, GrantSize);
            grants[i] = new(MailboxName.Read(one[..16]), MailboxName.Read(one[16..32]), UserKey.Read(one[32..]));
        }

        return grants;
    }
}
