using Cqrs.Commands.Connections;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;

namespace Cqrs.Rules.Tests.Commands;

/// <summary>Each command sent twice under one id: the second time does nothing and answers the same.</summary>
public sealed class TwiceTests
{
    private readonly Desk _desk = new();

    [Fact]
    public async Task A_registration_requested_twice()
    {
        var context = _desk.Next();
        var first = await _desk.RequestAsync(Desk.AnnsPhone, context);
        var count = await _desk.CountAsync();

        (await _desk.RequestAsync(Desk.AnnsPhone, Desk.Again(context))).ShouldBe(first);

        (await _desk.CountAsync()).ShouldBe(count);
    }

    [Fact]
    public async Task A_code_asked_for_twice()
    {
        var registration = (await _desk.RequestAsync(Desk.AnnsPhone)).RegistrationId;
        var context = _desk.Next() with { At = Minutes(5) };
        var first = await _desk.Node.Resend.HandleAsync(new(registration), context);
        var count = await _desk.CountAsync();

        var second = await _desk.Node.Resend.HandleAsync(new(registration), Desk.Again(context));

        first.Value.ShouldNotBeNull();
        second.Value.ShouldBe(first.Value);
        (await _desk.CountAsync()).ShouldBe(count);
    }

    [Fact]
    public async Task A_code_that_comes_back_twice()
    {
        var registration = (await _desk.RequestAsync(Desk.AnnsPhone)).RegistrationId;
        var (code, context) = (await _desk.CodeAsync(), _desk.Next());
        var first = await _desk.Node.Verify.HandleAsync(new(registration, code), context);
        var count = await _desk.CountAsync();

        var second = await _desk.Node.Verify.HandleAsync(new(registration, code), Desk.Again(context));

        first.Value.ShouldNotBeNull();
        second.Value.ShouldBe(first.Value);
        (await _desk.CountAsync()).ShouldBe(count);
        (await _desk.Node.Verify.HandleAsync(new(registration, code), _desk.Next())).Refusal!.Code.ShouldBe("code-expired");
    }

    [Fact]
    public async Task A_wrong_code_that_comes_back_twice_is_one_miss()
    {
        var registration = (await _desk.RequestAsync(Desk.AnnsPhone)).RegistrationId;
        var context = _desk.Next();
        var first = await _desk.Node.Verify.HandleAsync(new(registration, "wrong"), context);
        var count = await _desk.CountAsync();

        var second = await _desk.Node.Verify.HandleAsync(new(registration, "wrong"), Desk.Again(context));

        first.Refusal!.Code.ShouldBe("wrong-code");
        second.Refusal.ShouldBe(first.Refusal);
        (await _desk.CountAsync()).ShouldBe(count);
    }

    [Fact]
    public async Task An_invite_sent_twice()
    {
        var ann = await _desk.RegisteredAsync(Desk.AnnsPhone);
        var context = _desk.Next();
        var first = (await _desk.Node.Invite.HandleAsync(new(ann, Desk.Name("Bob"), Desk.BobsPhone), context)).Value.ShouldNotBeNull();
        var count = await _desk.CountAsync();

        var second = (await _desk.Node.Invite.HandleAsync(new(ann, Desk.Name("Bob"), Desk.BobsPhone), Desk.Again(context))).Value;

        first.IsNew.ShouldBeTrue();
        second.ShouldBe(first);
        (await _desk.CountAsync()).ShouldBe(count);
    }

    [Theory]
    [InlineData(ConnectionStep.See)]
    [InlineData(ConnectionStep.Accept)]
    [InlineData(ConnectionStep.Reject)]
    [InlineData(ConnectionStep.Clear)]
    public async Task A_step_of_the_invitee_taken_twice(ConnectionStep step)
    {
        var (_, bob, pair) = await InvitedAsync();
        await ShouldDoNothingTheSecondTime(bob, pair, step);
    }

    [Fact]
    public async Task A_rejection_acknowledged_twice()
    {
        var (ann, bob, pair) = await InvitedAsync();
        await _desk.Node.Step.HandleAsync(new(bob, pair, ConnectionStep.Reject), _desk.Next());
        await ShouldDoNothingTheSecondTime(ann, pair, ConnectionStep.Acknowledge);
    }

    // Sent again, the clearing of a connection finds that it was itself that left the other side an entry.
    [Fact]
    public async Task A_connection_cleared_twice()
    {
        var (ann, bob, pair) = await InvitedAsync();
        await _desk.Node.Step.HandleAsync(new(bob, pair, ConnectionStep.Accept), _desk.Next());
        await ShouldDoNothingTheSecondTime(ann, pair, ConnectionStep.Clear);
        (await _desk.UserAsync(ann)).Squares.ShouldBeEmpty();
        (await _desk.UserAsync(bob)).Squares.ShouldBeEmpty();
        (await _desk.PairAsync(pair)).ViewOf(bob).ShouldBe(ConnectionView.Contact);
    }

    [Fact]
    public async Task A_link_opened_twice()
    {
        var ann = await _desk.RegisteredAsync(Desk.AnnsPhone);
        var invite = (await _desk.Node.Invite.HandleAsync(new(ann, Desk.Name("Bob"), Desk.BobsPhone), _desk.Next())).Value!;
        var context = _desk.Next();
        (await _desk.Node.OpenLink.HandleAsync(new(invite.Connection, invite.Code!), context)).ShouldBeNull();
        var count = await _desk.CountAsync();

        (await _desk.Node.OpenLink.HandleAsync(new(invite.Connection, invite.Code!), Desk.Again(context))).ShouldBeNull();
        (await _desk.Node.OpenLink.HandleAsync(new(invite.Connection, "0000000000000000"), _desk.Next()))!.Code.ShouldBe("unknown-connection");

        (await _desk.CountAsync()).ShouldBe(count);
    }

    [Fact]
    public async Task Tokens_revoked_twice()
    {
        var ann = await _desk.RegisteredAsync(Desk.AnnsPhone);
        var context = _desk.Next();
        var first = (await _desk.Node.Revoke.HandleAsync(new(ann), context)).Value.ShouldNotBeNull();

        (await _desk.Node.Revoke.HandleAsync(new(ann), Desk.Again(context))).Value.ShouldBe(first);

        (await _desk.UserAsync(ann)).Epoch.ShouldBe(2u);
    }

    [Fact]
    public async Task A_user_forgotten_twice()
    {
        var ann = await _desk.RegisteredAsync(Desk.AnnsPhone);
        var context = _desk.Next();
        var first = (await _desk.Node.Forget.HandleAsync(new(ann), context)).Value.ShouldNotBeNull();
        var count = await _desk.CountAsync();

        (await _desk.Node.Forget.HandleAsync(new(ann), Desk.Again(context))).Value.ShouldBe(first);
        (await _desk.Node.Forget.HandleAsync(new(ann), _desk.Next())).Value.ShouldBe(first);

        (await _desk.CountAsync()).ShouldBe(count);
        _desk.Keys.IsForgotten(ann).ShouldBeTrue();
    }

    private async Task<(UserId Ann, UserId Bob, ConnectionId Pair)> InvitedAsync()
    {
        var (ann, bob) = (await _desk.RegisteredAsync(Desk.AnnsPhone), await _desk.RegisteredAsync(Desk.BobsPhone));
        return (ann, bob, await _desk.InvitedAsync(ann, Desk.BobsPhone));
    }

    private async Task ShouldDoNothingTheSecondTime(UserId by, ConnectionId pair, ConnectionStep step)
    {
        var context = _desk.Next();
        var first = (await _desk.Node.Step.HandleAsync(new(by, pair, step), context)).Value.ShouldNotBeNull();
        var count = await _desk.CountAsync();

        (await _desk.Node.Step.HandleAsync(new(by, pair, step), Desk.Again(context))).Value.ShouldBe(first);

        (await _desk.CountAsync()).ShouldBe(count);
    }
}
