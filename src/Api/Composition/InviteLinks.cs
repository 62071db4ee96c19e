using Cqrs.Api.Http;
using Cqrs.Api.Web;
using Cqrs.Commands.Connections;
using Cqrs.Commands.Execution;
using Cqrs.Domain.Identity;
using Cqrs.Projections.Connections;

namespace Cqrs.Api.Composition;

/// <summary>What the page of an invite asks, answered by the read model; what its button does, done by a command.</summary>
internal sealed class InviteLinks(ConnectionsReader reader, ReadPositions positions, OpenInviteLinkHandler open, TimeProvider clock) : IInviteLinks
{
    public async ValueTask<InviteLookup?> FindAsync(string code, CancellationToken cancellationToken) =>
        await LookUpAsync(code, cancellationToken) is { } invite ? new(invite.InviterFirstName, invite.IsOpen) : null;

    public async ValueTask<InviteOpening> OpenAsync(string code, CancellationToken cancellationToken)
    {
        if (await LookUpAsync(code, cancellationToken) is not { } invite) return InviteOpening.Unknown;
        var context = new CommandContext(new CommandId(Guid.CreateVersion7()), clock.GetUtcNow());
        var refusal = await open.HandleAsync(new(invite.Connection, code), context, cancellationToken);
        return refusal is null ? InviteOpening.Opened : InviteOpening.Ended;
    }

    // A link may be followed before the read model knows of it; only then is anything waited for.
    private async ValueTask<InviteByCode?> LookUpAsync(string code, CancellationToken cancel)
    {
        if (await reader.FindInviteAsync(code, cancel) is { } invite) return invite;
        await positions.ReachedHeadAsync("connections", cancel);
        return await reader.FindInviteAsync(code, cancel);
    }
}
