using System.Diagnostics.CodeAnalysis;
using Cqrs.Domain.Tokens;

namespace Cqrs.Api.Http;

/// <summary>
/// Reads <c>Authorization: Bearer …</c> (RFC 6750, RFC 9110 section 11.4) and writes the challenge of a 401. Tokens are
/// checked by arithmetic; nothing is looked up.
/// </summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer";
    private const string Realm = Scheme + " realm=\"connections\"";

    /// <summary>Returns true, and the auth token of the request, when it has one that was signed here.</summary>
    public static bool TryReadAuth(HttpRequest request, TokenKeys keys, out AuthToken token) => AuthTokens.TryVerify(Text(request), keys, out token);

    /// <summary>Returns true, and the ticket of the request, when it has one that was signed here and has not expired.</summary>
    public static bool TryReadTicket(
        HttpRequest request, TokenKeys keys, DateTimeOffset now, [NotNullWhen(true)] out Ticket? ticket, out TokenRefusal refusal) =>
        Tickets.TryVerify(Text(request), keys, now, out ticket, out refusal);

    /// <summary>
    /// Returns <c>WWW-Authenticate</c> for a refused request: the scheme alone if no bearer token was sent, as RFC
    /// 6750, section 3.1, asks; else that the token is invalid, and why.
    /// </summary>
    /// <param name="why">A sentence in ASCII without quotes and backslashes.</param>
    public static string Challenge(HttpRequest request, string why) =>
        Text(request).IsEmpty ? Realm : $"{Realm}, error=\"invalid_token\", error_description=\"{why}\"";

    private static ReadOnlySpan<char> Text(HttpRequest request)
    {
        if (request.Headers.Authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return default;
        var rest = header.AsSpan(Scheme.Length);
        return rest is [' ', ..] ? rest.TrimStart(' ') : default;
    }
}
