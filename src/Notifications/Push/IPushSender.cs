using Cqrs.Notifications.Devices;

namespace Cqrs.Notifications.Push;

/// <summary>A push to one device.</summary>
/// <param name="Id">The same however often the push is handed over.</param>
/// <param name="Token">Names the device to its push service.</param>
/// <param name="Text">What the person reads.</param>
/// <param name="Data">What the app reads: <c>kind</c>, <c>sender</c> or <c>connectionId</c>, and what the sending phone passed on.</param>
public sealed record PushNotification(Guid Id, Platform Platform, string Token, string Text, IReadOnlyDictionary<string, string> Data)
{
    public override string ToString() => $"push {Id}";
}

public enum PushOutcome
{
    Sent,

    /// <summary>The push service knows no such device, or no longer.</summary>
    TokenDead,

    /// <summary>It was not sent, and may be later.</summary>
    NotSent,
}

/// <summary>Sends pushes. One that comes twice does little harm, so an exception is a failure like any other.</summary>
public interface IPushSender
{
    Task<PushOutcome> SendAsync(PushNotification push, CancellationToken cancel);
}
