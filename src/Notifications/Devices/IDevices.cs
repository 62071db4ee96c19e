using Cqrs.Domain.Mailboxes;

namespace Cqrs.Notifications.Devices;

/// <summary>Whose push service reaches a device.</summary>
public enum Platform
{
    Ios,
    Android,
}

public static class Platforms
{
    /// <summary>As they stand in paths and tables.</summary>
    public static readonly IReadOnlyList<string> Names = ["ios", "android"];

    public static string NameOf(Platform platform) => Names[(int)platform];

    /// <returns>Null for anything but one of <see cref="Names"/>.</returns>
    public static Platform? Find(string? name) => name switch
    {
        "ios" => Platform.Ios,
        "android" => Platform.Android,
        _ => null,
    };
}

/// <summary>Where a user can be reached.</summary>
/// <param name="Token">Names the device to its push service; printable ASCII.</param>
public sealed record Device(Platform Platform, string Token)
{
    public const int LongestToken = 4096;

    /// <summary>Whether it can be a token: 1 to 4096 printable ASCII characters, without spaces.</summary>
    public static bool IsToken(string token) => token.Length is > 0 and <= LongestToken && token.All(c => c is > ' ' and <= '~');

    public override string ToString() => $"{Platform} device";
}

/// <summary>
/// The devices of users, one for each platform, by the key that the notification server knows a user by. Engines differ
/// (<c>sqlite</c>, DynamoDB), their behaviour does not.
/// </summary>
public interface IDevices
{
    /// <summary>Takes the place of the token that was there. Whoever else had this very token had this very phone, and has it no more.</summary>
    ValueTask SetAsync(UserKey user, Platform platform, string token, CancellationToken cancel = default);

    /// <summary>Forgets the device, if there is one.</summary>
    ValueTask RemoveAsync(UserKey user, Platform platform, CancellationToken cancel = default);

    /// <summary>Forgets a token that has died, if it is still the one.</summary>
    /// <returns>False where another token has taken its place.</returns>
    ValueTask<bool> ForgetAsync(UserKey user, Platform platform, string token, CancellationToken cancel = default);

    ValueTask<IReadOnlyList<Device>> OfAsync(UserKey user, CancellationToken cancel = default);

    /// <summary>Which of the users have a device; nothing is opened to know it.</summary>
    ValueTask<IReadOnlySet<UserKey>> WithAnyAsync(IReadOnlyCollection<UserKey> users, CancellationToken cancel = default);
}
