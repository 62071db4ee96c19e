using System.Threading.RateLimiting;
using Cqrs.Api.Configuration;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Caching;

namespace Cqrs.Api.Http;

/// <summary>
/// The limits against abuse: codes by address (<see cref="CallerAddress"/>) and for the whole server, invites by user,
/// each in any hour. Each process counts in memory; limits that must hold across processes and restarts (codes by
/// number, tries of a code) are counted in events.
/// </summary>
public sealed class RateLimits(LimitSettings settings, TimeProvider clock) : IDisposable
{
    private const int Segments = 12;
    private const int RememberedCommands = 100_000;
    private static readonly object Granted = new();
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly PartitionedRateLimiter<string> _codesByAddress = By(settings.PerAddress);
    private readonly PartitionedRateLimiter<string> _codesOfServer = By(settings.Server);
    private readonly PartitionedRateLimiter<string> _invitesByUser = By(settings.PerUser);
    private readonly GenerationCache<CommandId, object> _granted = new(RememberedCommands);

    /// <summary>Returns null when the caller's address may ask for a code; else the refusal.</summary>
    /// <param name="command">A repetition of a granted command takes nothing more from the limit.</param>
    public Refusal? Code(HttpContext http, CommandId command)
    {
        if (!settings.Enabled || _granted.Find(command) is not null) return null;
        if ((Take(_codesByAddress, CallerAddress.Of(http)) ?? Take(_codesOfServer, "")) is { } refusal) return refusal;
        _granted.Set(command, Granted);
        return null;
    }

    /// <summary>Returns null when the user may send another invite; else the refusal.</summary>
    public Refusal? Invite(UserId user) => settings.Enabled ? Take(_invitesByUser, user.ToString()) : null;

    public void Dispose()
    {
        _codesByAddress.Dispose();
        _codesOfServer.Dispose();
        _invitesByUser.Dispose();
    }

    private static PartitionedRateLimiter<string> By(int permits) => PartitionedRateLimiter.Create<string, string>(
        key => RateLimitPartition.GetSlidingWindowLimiter(key, _ => new()
        {
            PermitLimit = permits,
            Window = Window,
            SegmentsPerWindow = Segments,
            QueueLimit = 0,
        }));

    private Refusal? Take(PartitionedRateLimiter<string> limiter, string key)
    {
        using var lease = limiter.AttemptAcquire(key);
        if (lease.IsAcquired) return null;
        return new("rate-limited", "Too many requests. Try again later.") { RetryAt = clock.GetUtcNow() + Window / Segments };
    }
}
