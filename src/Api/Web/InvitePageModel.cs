namespace Cqrs.Api.Web;

/// <summary>Which page somebody gets under <c>/i/</c>.</summary>
public enum InvitePageKind
{
    /// <summary>The invite waits; the page leads to the stores and has the button.</summary>
    Open,

    /// <summary>The same after the button was pressed.</summary>
    Opened,

    /// <summary>The invite was answered or taken back.</summary>
    Ended,

    /// <summary>There is no such invite.</summary>
    Unknown,

    /// <summary>It could not be looked up just now.</summary>
    Unavailable,
}

/// <summary>The kind of device that asks, as far as it tells; decides the order of the stores and nothing else.</summary>
public enum Device
{
    Other,
    Ios,
    Android,
}

/// <summary>What an invite's page shows.</summary>
/// <param name="FirstName">The inviter's, as typed; empty except for <see cref="InvitePageKind.Open"/> and <see cref="InvitePageKind.Opened"/>.</param>
/// <param name="Code">The invite's code; empty in the same cases.</param>
public sealed record InvitePageModel(InvitePageKind Kind, Device Device, string FirstName, string Code)
{
    public static InvitePageModel Invite(string firstName, string code, bool opened, Device device) =>
        new(opened ? InvitePageKind.Opened : InvitePageKind.Open, device, firstName, code);

    public static InvitePageModel Without(InvitePageKind kind, Device device) => new(kind, device, "", "");

    /// <summary>Neither name nor code.</summary>
    public override string ToString() => $"{Kind} on {Device}";

    /// <summary>Reads the device from a <c>User-Agent</c>; iPads call themselves Macs and get the page of a computer.</summary>
    public static Device DeviceOf(ReadOnlySpan<char> userAgent) =>
        userAgent.Contains("Android", StringComparison.OrdinalIgnoreCase) ? Device.Android
        : userAgent.Contains("iPhone", StringComparison.OrdinalIgnoreCase)
            || userAgent.Contains("iPad", StringComparison.OrdinalIgnoreCase)
            || userAgent.Contains("iPod", StringComparison.OrdinalIgnoreCase) ? Device.Ios
        : Device.Other;
}
