using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Microsoft.Extensions.Primitives;

namespace Cqrs.Gateway.Calls;

/// <summary>
/// Authenticates callers by name and password. The comparison takes the same time whether a part of them is right or not.
/// </summary>
internal sealed class Callers
{
    private const string Scheme = "Basic ";

    private readonly (byte[] Hash, Access Access)[] _known;

    public Callers(IReadOnlyList<GatewayCredential> credentials) => _known =
    [
        .. credentials.Select(known => (
            SHA256.HashData(Encoding.UTF8.GetBytes($"{known.User}:{known.Password}")),
            known.MayAppend ? Access.Append : Access.Read)),
    ];

    /// <summary>Returns the access of the caller; without configured credentials every caller may append.</summary>
    /// <param name="authorization">The header <c>authorization</c>: <c>Basic</c> and <c>user:password</c> in base64.</param>
    /// <exception cref="RpcException">The credentials are wrong or malformed.</exception>
    public Access Of(StringValues authorization)
    {
        if (_known.Length == 0) return Access.Append;
        if (authorization.Count == 0) return Access.Discover;
        var found = Access.Discover;
        var hash = SHA256.HashData(Credential(authorization));
        foreach (var (known, access) in _known)
        {
            if (CryptographicOperations.FixedTimeEquals(known, hash)) found = access;
        }

        return found == Access.Discover ? throw Refusals.Unauthenticated() : found;
    }

    private static byte[] Credential(StringValues authorization)
    {
        if (authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) throw Refusals.Unauthenticated();
        try
        {
            return Convert.FromBase64String(header[Scheme.Length..]);
        }
        catch (FormatException)
        {
            throw Refusals.Unauthenticated();
        }
    }
}
