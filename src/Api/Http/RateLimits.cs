using System.Threading.RateLimiting;
using Cqrs.Api.Configuration;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Api.Http;

/// <summary>
/// The limits that dampen abuse: codes by address and for the whole server, invites by user, each in any hour. Counted
/// in memory by each process; what must hold for certain (codes by number, tries of a code) is counted in events.
/// </summary>
public sealed class RateLimits(LimitSettings settings, TimeProvider clock) : IDisposable
{
    private const int Segments = 12;
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly PartitionedRateLimiter<string> _codesByAddress = By(settings.PerAddress);
    private readonly PartitionedRateLimiter<string> _codesOfServer = By(settings.Server);
    private readonly PartitionedRateLimiter<string> _invitesByUser = By(settings.PerUser);

    /// <summary>May another code be asked for from this address?</summary>
    public Refusal? Code(HttpContext http)
    {
        if (!settings.Enabled) return null;
        return Take(_codesByAddress, http.Connection.RemoteIpAddress?.ToString() ?? "") ?? Take(_codesOfServer, "");
    }

    /// <summary>May this user invite once more?</summary>
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
