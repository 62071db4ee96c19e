using System.Security.Cryptography;
using System.Text;

namespace Cqrs.Api.Web;

/// <summary>
/// The headers of everything that people see here: nothing is loaded from elsewhere, framed, kept, indexed or told to
/// the next site. Transport security (HSTS) is the host's.
/// </summary>
public static class SecureHeaders
{
    /// <summary>
    /// A policy that allows this inline style and this inline script, each by its SHA-256 (CSP 3, section 8.3), forms to
    /// the same site, images from the page itself, and nothing else.
    /// </summary>
    public static string PolicyFor(string style, string script) =>
        $"default-src 'none'; style-src {Source(style)}; script-src {Source(script)}; img-src data:; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>For a page that concerns one person: it is kept nowhere.</summary>
    public static void ApplyToPage(IHeaderDictionary headers, string contentSecurityPolicy)
    {
        ApplyToAll(headers, contentSecurityPolicy);
        headers.CacheControl = "no-store";
        headers["Permissions-Policy"] =
            "accelerometer=(), camera=(), clipboard-read=(), clipboard-write=(self), display-capture=(), geolocation=(), "
            + "gyroscope=(), magnetometer=(), microphone=(), payment=(), publickey-credentials-get=(), usb=()";
        headers["X-Robots-Tag"] = "noindex, nofollow, noarchive";
    }

    /// <summary>For a file that is the same for everyone and changes with a release.</summary>
    public static void ApplyToPublicFile(IHeaderDictionary headers)
    {
        ApplyToAll(headers, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
        headers.CacheControl = "public, max-age=3600";
    }

    private static void ApplyToAll(IHeaderDictionary headers, string contentSecurityPolicy)
    {
        headers.ContentSecurityPolicy = contentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
    }

    private static string Source(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";
}
