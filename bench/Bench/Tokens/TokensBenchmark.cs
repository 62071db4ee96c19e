using System.Diagnostics;
using System.Security.Cryptography;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Cqrs.Bench.Tokens;

/// <summary>
/// Checking an auth token and a ticket of a full grid, beside the one HMAC-SHA256 over as many bytes that nobody can do
/// without, and beside a JWT (HS256) that says the same. One thread; medians of several rounds, in turns.
/// </summary>
internal static class TokensBenchmark
{
    private const int Calls = 100_000;
    private const int Rounds = 9;
    private const int Grants = 8;

    public static void Run()
    {
        var key = RandomNumberGenerator.GetBytes(TokenKeys.KeySize);
        var keys = new TokenKeys(0, [new(0, key)]);
        var now = DateTimeOffset.UtcNow;
        var auth = AuthTokens.Sign(new(new UserId(Guid.NewGuid()), new UserKey(7), 1, now), keys);
        var grants = Enumerable.Range(0, Grants).Select(i => new Grant(new((UInt128)i), new((UInt128)i << 64), new((UInt128)i << 96))).ToList();
        var ticket = Tickets.Sign(new(new UserKey(7), new BitName(8), now, now.AddHours(1), [.. grants]), keys);

        var handler = new JsonWebTokenHandler();
        var secret = new SymmetricSecurityKey(key);
        var rules = new TokenValidationParameters { IssuerSigningKey = secret, ValidateIssuer = false, ValidateAudience = false, ValidAlgorithms = ["HS256"] };
        var jwtAuth = Jwt(handler, secret, now, new() { ["sub"] = Guid.NewGuid().ToString(), ["userKey"] = new UserKey(7).ToString(), ["epoch"] = 1 });
        var jwtTicket = Jwt(handler, secret, now, new()
        {
            ["userKey"] = new UserKey(7).ToString(),
            ["bit"] = new BitName(8).ToString(),
            ["grants"] = grants.Select(grant => $"{grant.Out} {grant.In} {grant.Peer}").ToArray(),
        });

        var (authBytes, ticketBytes) = (new byte[AuthTokens.Size - 32 + 13], new byte[Tickets.SizeOf(Grants) - 32 + 15]);
        var kinds = new (string Name, int Length, Func<bool> Check)[]
        {
            ("HMAC-SHA256 of an auth token", authBytes.Length, () => Hmac(key, authBytes)),
            ("auth token", auth.Length, () => AuthTokens.TryVerify(auth, keys, out _)),
            ("JWT that says the same", jwtAuth.Length, () => Valid(handler, jwtAuth, rules)),
            ($"HMAC-SHA256 of a ticket with {Grants} grants", ticketBytes.Length, () => Hmac(key, ticketBytes)),
            ($"ticket with {Grants} grants", ticket.Length, () => Tickets.TryVerify(ticket, keys, now, out _, out _)),
            ("JWT that says the same", jwtTicket.Length, () => Valid(handler, jwtTicket, rules)),
        };

        var times = kinds.Select(_ => new List<double>()).ToArray();
        var bytes = new double[kinds.Length];
        for (var round = -2; round < Rounds; round++)
        {
            for (var kind = 0; kind < kinds.Length; kind++)
            {
                var (nanoseconds, allocated) = Measure(kinds[kind].Check);
                if (round >= 0) times[kind].Add(nanoseconds);
                bytes[kind] = allocated;
            }
        }

        Console.WriteLine("| | length | ns per check | of the HMAC | bytes allocated |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: |");
        for (var kind = 0; kind < kinds.Length; kind++)
        {
            var floor = Median(times[kind / 3 * 3]);
            Console.WriteLine($"| {kinds[kind].Name} | {kinds[kind].Length} | {Median(times[kind]):N0} | {Median(times[kind]) / floor:N2} | {bytes[kind]:N0} |");
        }
    }

    private static string Jwt(JsonWebTokenHandler handler, SymmetricSecurityKey secret, DateTimeOffset now, Dictionary<string, object> claims) =>
        handler.CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            IssuedAt = now.UtcDateTime,
            Expires = now.UtcDateTime.AddHours(1),
            SigningCredentials = new(secret, SecurityAlgorithms.HmacSha256),
        });

    private static bool Hmac(byte[] key, byte[] bytes)
    {
        Span<byte> mac = stackalloc byte[32];
        return HMACSHA256.HashData(key, bytes, mac) == 32;
    }

    // The check ends synchronously: there is nothing to fetch.
    private static bool Valid(JsonWebTokenHandler handler, string token, TokenValidationParameters rules) =>
        handler.ValidateTokenAsync(token, rules).GetAwaiter().GetResult().IsValid;

    private static (double Nanoseconds, double Bytes) Measure(Func<bool> check)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < Calls; i++)
            if (!check()) throw new InvalidOperationException("It was refused.");

        var time = Stopwatch.GetElapsedTime(begun);
        return (time.TotalNanoseconds / Calls, (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Calls);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
