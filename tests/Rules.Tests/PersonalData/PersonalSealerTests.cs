using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Rules.Tests.PersonalData;

public sealed class PersonalSealerTests : IDisposable
{
    private static readonly UserId Ada = new(Guid.Parse("aaaaaaaa-0000-4000-8000-000000000001"));
    private static readonly UserId Bob = new(Guid.Parse("bbbbbbbb-0000-4000-8000-000000000002"));

    private readonly KeysFolder _folder = new();

    [Theory]
    [InlineData("")]
    [InlineData("Ada")]
    [InlineData("Åsa 李 🙂")]
    public async Task It_opens_what_it_sealed(string text)
    {
        using var keys = _folder.Open();
        var sealer = new PersonalSealer(keys);

        var value = await sealer.SealAsync("users/ada/first", new(Ada, text));
        var opened = sealer.OpenAsync("users/ada/first", Ada, value);

        opened.IsCompletedSuccessfully.ShouldBeTrue();
        (await opened).ShouldBe(new Personal(Ada, text));
        sealer.SealAsync("users/ada/first", new(Ada, text)).IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Long_texts_too()
    {
        using var keys = _folder.Open();
        var sealer = new PersonalSealer(keys);
        var text = new string('ü', 10_000);

        (await sealer.OpenAsync("x", Ada, await sealer.SealAsync("x", new(Ada, text)))).Text.ShouldBe(text);
    }

    [Fact]
    public async Task Elsewhere_it_does_not_open()
    {
        using var keys = _folder.Open();
        var sealer = new PersonalSealer(keys);
        var value = (await sealer.SealAsync("users/ada/first", new(Ada, "Ada")))!;
        await keys.GetOrCreateAsync(Bob);

        (await CodeOf("users/ada/last", Ada, value)).ShouldBe("personal-data-tampered");
        (await CodeOf("users/ada/first", Bob, value)).ShouldBe("personal-data-tampered");
        (await CodeOf("users/ada/first", Ada, (value[0] == 'A' ? "B" : "A") + value[1..])).ShouldBe("personal-data-tampered");
        (await CodeOf("users/ada/first", Ada, "???")).ShouldBe("personal-data-malformed");
        (await CodeOf("users/ada/first", Ada, "AAAA")).ShouldBe("personal-data-malformed");
        (await CodeOf("users/ada/first", new(Guid.Empty), value)).ShouldBe("subject-key-missing");

        async Task<string> CodeOf(string context, UserId subject, string text) =>
            (await Should.ThrowAsync<PersonalDataException>(async () => await sealer.OpenAsync(context, subject, text))).Code;
    }

    [Fact]
    public async Task The_forgotten_are_erased()
    {
        using var keys = _folder.Open();
        var sealer = new PersonalSealer(keys);
        var value = await sealer.SealAsync("x", new(Ada, "Ada"));

        await keys.DeleteAsync(Ada);

        (await sealer.OpenAsync("x", Ada, value)).ShouldBe(Personal.Erased(Ada));
        (await sealer.OpenAsync("x", Ada, null)).ShouldBe(Personal.Erased(Ada));
        (await sealer.SealAsync("x", Personal.Erased(Ada))).ShouldBeNull();
        await Should.ThrowAsync<SubjectForgottenException>(async () => await sealer.SealAsync("x", new(Ada, "Ada")));
    }

    public void Dispose() => _folder.Dispose();
}
