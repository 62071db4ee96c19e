using System.Diagnostics.CodeAnalysis;
using Cqrs.Domain.Tokens;

namespace Cqrs.Api.Http;

/// <summary>What stands in <c>Authorization: Bearer …</c>; checked by arithmetic, nothing is looked up.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>The auth token of the request, if it is genuine.</summary>
    public static bool TryReadAuth(HttpRequest request, TokenKeys keys, out AuthToken token) => AuthTokens.TryVerify(Text(request), keys, out token);

    /// <summary>The ticket of the request, if it is genuine and has not run out.</summary>
    public static bool TryReadTicket(
        HttpRequest request, TokenKeys keys, DateTimeOffset now, [NotNullWhen(true)] out Ticket? ticket, out TokenRefusal refusal) =>
        Tickets.TryVerify(Text(request), keys, now, out ticket, out refusal);

    private static ReadOnlySpan<char> Text(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header.AsSpan(Scheme.Length)
            : default;
}
