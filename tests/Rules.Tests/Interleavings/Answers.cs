using Cqrs.Commands.Connections;
using Cqrs.Commands.Registration;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;
using Cqrs.EventStore.Log;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>What was answered must be what the log says, as of the position in the answer.</summary>
internal static class Answers
{
    public static void ShouldBeTrue(World world, VerifiedAnswer answer)
    {
        var user = world.Watch.UserAt(answer.User, answer.Position);
        Check(world, user.IsVerified, "Verified was answered, and the log says otherwise.");
        Check(world, MailboxKey.TryParse(user.MailboxKey?.Text, out var key) && key.Reveal() == answer.MailboxKey, "A mailbox key was answered that is not in the log.");
        var proof = user.Attempts.Single(attempt => attempt.IsUsed);
        var token = AuthTokens.Sign(new(answer.User, key!.UserKey, proof.Epoch, proof.VerifiedAt), Node.TokenKeys);
        Check(world, token == answer.AuthToken, "The auth token that was answered is not that of the log.");
    }

    public static void ShouldBeTrue(World world, UserId by, InviteAnswer answer)
    {
        var pair = world.Watch.ConnectionAt(answer.Connection, answer.Position);
        Check(world, pair.ViewOf(by) == answer.View, $"{answer.View} was answered; as of that position it is {pair.ViewOf(by)}.");
        var erased = world.Keys.IsForgotten(pair.Invite!.Inviter);
        var code = answer.View == ConnectionView.Inviting ? pair.Invite.Code.Text : null;
        Check(world, erased || code == answer.Code, "The code of the link that was answered is not that of the log.");
        Check(world, Happened(world, answer.Connection, answer.Position, e => e is InviteSent || (e is InviteAccepted a && a.Invitee == by)), "The invite that was answered is not in the log.");
    }

    public static void ShouldBeTrue(World world, UserId by, ConnectionStep step, ConnectionAnswer answer)
    {
        var pair = world.Watch.ConnectionAt(answer.Connection, answer.Position);
        Check(world, pair.ViewOf(by) == answer.View, $"{answer.View} was answered; as of that position it is {pair.ViewOf(by)}.");
        var witness = Happened(world, answer.Connection, answer.Position, e => (step, e) switch
        {
            (ConnectionStep.See, InviteSeen s) => s.Invitee == by,
            (ConnectionStep.See or ConnectionStep.Accept, InviteAccepted a) => a.Invitee == by,
            (ConnectionStep.Reject, InviteRejected r) => r.Invitee == by,
            (ConnectionStep.Acknowledge, RejectionAcknowledged r) => r.Inviter == by,
            (ConnectionStep.Clear, _) => true,
            _ => false,
        });
        Check(world, witness, $"{step} was answered and is not in the log.");
    }

    private static bool Happened(World world, ConnectionId connection, LogPosition position, Func<IDomainEvent, bool> what) =>
        world.Watch.Until(StreamNames.Of(connection), position).Any(what);

    private static void Check(World world, bool condition, string why)
    {
        if (!condition) world.Fail(why);
    }
}
