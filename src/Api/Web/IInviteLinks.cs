namespace Cqrs.Api.Web;

/// <summary>What the page of an invite asks and tells. Only codes that pass <see cref="Cqrs.Commands.Connections.InviteCode.IsPossible"/> get here.</summary>
public interface IInviteLinks
{
    /// <summary>Looks the invite up and changes nothing: robots that make previews come here too.</summary>
    /// <returns>The invite, or null where no invite ever had this code.</returns>
    ValueTask<InviteLookup?> FindAsync(string code, CancellationToken cancellationToken);

    /// <summary>Somebody pressed the button: records it, once however often he presses.</summary>
    ValueTask<InviteOpening> OpenAsync(string code, CancellationToken cancellationToken);
}

/// <summary>An invite as its page sees it.</summary>
/// <param name="FirstName">The inviter's; null where it is no longer known.</param>
/// <param name="IsOpen">Whether it still waits for the invitee: neither answered nor taken back.</param>
public sealed record InviteLookup(string? FirstName, bool IsOpen)
{
    /// <summary>Never the name.</summary>
    public override string ToString() => IsOpen ? "open invite" : "ended invite";
}

/// <summary>What became of a press of the button.</summary>
public enum InviteOpening
{
    /// <summary>No invite has this code.</summary>
    Unknown,

    /// <summary>The invite waits no more; nothing was recorded.</summary>
    Ended,

    /// <summary>It is recorded now, or was before.</summary>
    Opened,
}
