using Cqrs.Commands.Execution;
using Cqrs.Commands.Numbers;
using Cqrs.Commands.Squares;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Phones;
using Cqrs.Domain.Squares;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;

namespace Cqrs.Commands.Connections;

/// <param name="Phone">As it stands in the phone book; completed from the inviter's own number.</param>
public sealed record InviteSomeone(UserId By, PersonName Name, string Phone);

/// <param name="IsNew">False when it was already so.</param>
/// <param name="Code">Of the link; null where this invite answered one of the other side, and there is no link to send.</param>
public sealed record InviteAnswer(
    ConnectionId Connection, ConnectionView View, bool IsNew, bool InviteeHasApp, PhoneNumber Phone, string InviterFirstName,
    string? Code, LogPosition Position);

/// <summary>
/// One user invites a number. Its owner is found, or made, pending. Whom the number belongs to decides which pair this
/// is; what the pair is at decides what an invite means.
/// </summary>
public sealed class InviteSomeoneHandler(
    EventStreams streams, PhoneRegistry numbers, ConnectionExecutor connections, SquareReservations squares, IDraws draws)
{
    public async Task<Answer<InviteAnswer>> HandleAsync(InviteSomeone command, CommandContext context, CancellationToken cancel = default)
    {
        var inviter = (await streams.LoadAsync(command.By, cancel)).State;
        if (inviter is not { IsVerified: true, Phone.Text: { } own }) return UserRefusals.Unauthorized;

        var parsed = PhoneNumberParser.Complete(command.Phone, PhoneNumber.FromStored(own));
        if (parsed.Number is not { } phone) return PhoneRefusals.Invalid(parsed);
        if (phone.E164 == own) return ConnectionRefusals.CannotInviteYourself;

        // No user is made for an invite that has no square to stand in.
        var owner = await numbers.FindAsync(phone, cancel);
        if (owner is null && await squares.IsFullAsync(command.By, context)) return SquareDecider.GridFull;

        var invitee = owner ?? await numbers.FindOrClaimAsync(phone, context, cancel);
        var person = (await streams.ExecuteAsync(
            invitee, user => UserDecider.Invite(user, invitee, new(invitee, phone.E164), command.By, context.At), context, cancel)).State;

        var id = ConnectionId.Between(command.By, invitee);
        var code = draws.InviteCode();
        var outcome = await connections.ExecuteAsync(
            id, command.By,
            connection => ConnectionDecider.Invite(
                connection, command.By, invitee, new(invitee, command.Name.First), new(invitee, command.Name.Last), code, context.At),
            context, cancel);
        if (outcome.Refusal is { } refusal) return refusal;

        var after = outcome.State;
        var view = after.State.ViewOf(command.By);
        return new InviteAnswer(
            id, view, outcome.Appended, person.State.IsVerified, phone, inviter.FirstName?.Text ?? "",
            view == ConnectionView.Inviting ? after.State.Invite?.Code.Text : null, after.Position > person.Position ? after.Position : person.Position);
    }
}
