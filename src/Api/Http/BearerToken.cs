using Cqrs.Domain.Tokens;

namespace Cqrs.Api.Http;

internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>The auth token of the request, if it is genuine; nothing is looked up.</summary>
    public static AuthToken? Read(HttpRequest request, TokenKeys keys)
    {
        if (request.Headers.Authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        return AuthTokens.TryVerify(header.AsSpan(Scheme.Length), keys, out var token) ? token : null;
    }
}
