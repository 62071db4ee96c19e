using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cqrs.Domain.Tokens;

namespace Cqrs.Messaging.Videos;

/// <summary>Whether an address of the embedded store is good.</summary>
public enum AddressCheck
{
    Good,

    /// <summary>It was not signed here, or something in it was changed.</summary>
    Forged,

    /// <summary>It was signed here, and its time is over.</summary>
    Expired,
}

/// <summary>
/// The addresses of the embedded store: <c>/blobs/{mailbox}/{video}?…&amp;expires={Unix ms}&amp;signature={43 characters}</c>,
/// those of uploads with <c>type</c> and <c>length</c>. The signature is HMAC-SHA256 over the label, the method and all
/// the rest, so that an address is good for one thing only. An address is a credential: it is not to be logged.
/// </summary>
/// <param name="key">32 bytes that sign nothing else.</param>
public sealed class SignedAddresses(ReadOnlyMemory<byte> key)
{
    public const string Prefix = "/blobs";

    public string Upload(VideoKey video, VideoTerms terms, DateTimeOffset expiresAt) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Prefix}/{video}?type={Uri.EscapeDataString(terms.ContentType)}&length={terms.Length}&{Signed("PUT", video, terms, expiresAt.ToUnixTimeMilliseconds())}");

    public string Download(VideoKey video, DateTimeOffset expiresAt) =>
        $"{Prefix}/{video}?{Signed("GET", video, terms: null, expiresAt.ToUnixTimeMilliseconds())}";

    public AddressCheck CheckUpload(VideoKey video, VideoTerms terms, long expires, string? signature, DateTimeOffset now) =>
        Check("PUT", video, terms, expires, signature, now);

    public AddressCheck CheckDownload(VideoKey video, long expires, string? signature, DateTimeOffset now) =>
        Check("GET", video, terms: null, expires, signature, now);

    public override string ToString() => "signed addresses";

    private string Signed(string method, VideoKey video, VideoTerms? terms, long expires)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Sign(method, video, terms, expires, mac);
        return string.Create(CultureInfo.InvariantCulture, $"expires={expires}&signature={StrictBase64Url.Write(mac)}");
    }

    // Only what was signed here is ever called expired.
    private AddressCheck Check(string method, VideoKey video, VideoTerms? terms, long expires, string? signature, DateTimeOffset now)
    {
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (!StrictBase64Url.TryReadExactly(signature, given)) return AddressCheck.Forged;
        Sign(method, video, terms, expires, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, given)) return AddressCheck.Forged;
        return now.ToUnixTimeMilliseconds() < expires ? AddressCheck.Good : AddressCheck.Expired;
    }

    // A content type has no line ends (VideoTerms.IsContentType), so the lines cannot be shifted against each other.
    private void Sign(string method, VideoKey video, VideoTerms? terms, long expires, Span<byte> mac)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture, $"cqrs/blob/v1\0{method}\n{video}\n{terms?.ContentType}\n{terms?.Length}\n{expires}");
        HMACSHA256.HashData(key.Span, Encoding.UTF8.GetBytes(text), mac);
    }
}
