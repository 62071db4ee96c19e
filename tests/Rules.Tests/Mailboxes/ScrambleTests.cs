using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Rules.Tests.Vectors;

namespace Cqrs.Rules.Tests.Mailboxes;

public sealed class ScrambleTests
{
    public sealed record Case(
        string ConnectionId, string MailboxKeyA, string MailboxKeyB, string HalfA, string HalfB,
        string MailboxAtoB, string MailboxBtoA, string UserKeyA, string UserKeyB, string BitA, string BitB);

    private sealed record Cases(IReadOnlyList<Case> cases);

    public static TheoryData<Case> All => [.. VectorFile.Read<Cases>("scramble.json").cases];

    [Fact]
    public void All_vectors_are_there() => All.Count.ShouldBe(12);

    [Theory]
    [MemberData(nameof(All))]
    public void Halves_names_and_keys_are_those_of_the_vectors(Case vector)
    {
        var connection = new ConnectionId(Guid.Parse(vector.ConnectionId));
        MailboxKey.TryParse(vector.MailboxKeyA, out var a).ShouldBeTrue();
        MailboxKey.TryParse(vector.MailboxKeyB, out var b).ShouldBeTrue();

        new Case(
            connection.ToString(), a.Reveal(), b.Reveal(),
            a.HalfFor(connection).Reveal(), b.HalfFor(connection).Reveal(),
            MailboxName.From(a.HalfFor(connection), b.HalfFor(connection)).ToString(),
            MailboxName.From(b.HalfFor(connection), a.HalfFor(connection)).ToString(),
            a.UserKey.ToString(), b.UserKey.ToString(), a.BitName.ToString(), b.BitName.ToString())
            .ShouldBe(vector);
    }

    [Fact]
    public void Another_connection_has_another_half()
    {
        var key = MailboxKey.Read(new byte[32]);

        key.HalfFor(new(Guid.Parse("80979483-431e-4332-8361-95a540aaa8ec")))
            .ShouldNotBe(key.HalfFor(new(Guid.Parse("80979483-431e-4332-8361-95a540aaa8ed"))));
    }

    [Fact]
    public void Secrets_do_not_print()
    {
        var key = MailboxKey.Read(new byte[32]);

        $"{key} {key.HalfFor(new(Guid.Empty))}".ShouldBe("mailbox key mailbox half");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("d04nNAdATBMzXkDUo7LY0")]
    [InlineData("d04nNAdATBMzXkDUo7LY0ww")]
    [InlineData("d04nNAdATBMzXkDUo7LY0w==")]
    [InlineData("d04nNAdATBMzXkDUo7LY0x")]
    [InlineData("d04nNAdATBMzXkDUo7LY+w")]
    [InlineData(" 04nNAdATBMzXkDUo7LY0w")]
    public void A_name_has_one_spelling(string? text)
    {
        MailboxName.TryParse(text, out _).ShouldBeFalse();
        UserKey.TryParse(text, out _).ShouldBeFalse();
        BitName.TryParse(text, out _).ShouldBeFalse();
    }

    [Fact]
    public void Names_read_what_they_write()
    {
        MailboxName.TryParse("d04nNAdATBMzXkDUo7LY0w", out var mailbox).ShouldBeTrue();
        var bytes = new byte[MailboxName.Size];
        mailbox.Write(bytes);

        MailboxName.Read(bytes).ShouldBe(mailbox);
        mailbox.ToString().ShouldBe("d04nNAdATBMzXkDUo7LY0w");
        bytes[0].ShouldBe((byte)0x77);
    }
}
