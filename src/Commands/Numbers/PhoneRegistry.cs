using System.Security.Cryptography;
using System.Text;
using Cqrs.Commands.Execution;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Phones;
using Cqrs.Domain.Users;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Commands.Numbers;

/// <summary>
/// Who owns a number. The stream of a number is named by a keyed hash (HMAC-SHA256, first 16 bytes, hex), so that the
/// log gives no number away and no other index is needed to find an owner.
/// </summary>
public sealed class PhoneRegistry(EventStreams streams, ISystemKeys keys, IDraws draws)
{
    // An array and not its bytes: a reference is read and written as one.
    private byte[]? _indexKey;

    /// <summary>Returns the owner of the number; null when it has none.</summary>
    public async ValueTask<UserId?> FindAsync(PhoneNumber phone, CancellationToken cancel = default)
    {
        if ((await streams.LoadPhoneAsync(await KeyOfAsync(phone, cancel), cancel)).State.Owner is not { } owner) return null;
        return (await streams.LoadAsync(owner, cancel)).State.Status == UserStatus.Forgotten ? null : owner;
    }

    /// <summary>Returns the owner of the number, after a claim by a new user where it has none. Concurrent callers get the same owner.</summary>
    public async ValueTask<UserId> FindOrClaimAsync(PhoneNumber phone, CommandContext context, CancellationToken cancel = default)
    {
        var key = await KeyOfAsync(phone, cancel);
        while (true)
        {
            var number = await streams.LoadPhoneAsync(key, cancel);
            if (number.State.Owner is { } owner)
            {
                if ((await streams.LoadAsync(owner, cancel)).State.Status != UserStatus.Forgotten) return owner;

                // The owner was forgotten, and the process died before it released the number.
                var heir = draws.User();
                IDomainEvent[] handOver = [new PhoneReleased(owner, context.At), new PhoneClaimed(heir, context.At)];
                if (await streams.TryAppendAsync(number, handOver, context) is not null) return heir;
                continue;
            }

            var candidate = draws.User();
            var claim = PhoneOwnership.Claim(number.State, candidate, context.At);
            if (await streams.TryAppendAsync(number, claim.Events, context) is not null) return candidate;
        }
    }

    /// <summary>Releases the number; does nothing when it belongs to another user by now.</summary>
    public async Task ReleaseAsync(PhoneNumber phone, UserId user, CommandContext context, CancellationToken cancel = default)
    {
        var key = await KeyOfAsync(phone, cancel);
        while (true)
        {
            var number = await streams.LoadPhoneAsync(key, cancel);
            var decision = PhoneOwnership.Release(number.State, user, context.At);
            if (decision.Events.Count == 0) return;
            if (await streams.TryAppendAsync(number, decision.Events, context) is not null) return;
        }
    }

    /// <summary>Returns the keyed hash that names the number where the number itself must not be written: 32 hex digits.</summary>
    public async ValueTask<string> KeyOfAsync(PhoneNumber phone, CancellationToken cancel = default)
    {
        var indexKey = _indexKey ??= (await keys.GetOrCreateSystemKeyAsync("phone-index", cancel)).ToArray();
        Span<byte> input = stackalloc byte[64];
        "cqrs/phone/v1\0"u8.CopyTo(input);
        var length = 14 + Encoding.ASCII.GetBytes(phone.E164, input[14..]);
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(indexKey, input[..length], hash);
        return Convert.ToHexStringLower(hash[..16]);
    }
}
