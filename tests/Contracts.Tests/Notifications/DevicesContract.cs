using Cqrs.Domain.Mailboxes;
using Cqrs.Notifications.Devices;

namespace Cqrs.Contracts.Tests.Notifications;

/// <summary>What every engine of the devices keeps. A derived class opens empty ones.</summary>
public abstract class DevicesContract : IAsyncLifetime
{
    private static readonly UserKey Ann = new(1);
    private static readonly UserKey Bob = new(UInt128.MaxValue);

    private IDevices Devices { get; set; } = null!;

    protected abstract Task<IDevices> OpenAsync();

    protected abstract Task<IDevices> ReopenAsync();

    public async Task InitializeAsync() => Devices = await OpenAsync();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_user_has_one_device_for_each_platform_and_the_newest_counts()
    {
        await Devices.SetAsync(Ann, Platform.Ios, "one");
        await Devices.SetAsync(Ann, Platform.Android, "two");
        await Devices.SetAsync(Ann, Platform.Ios, "three");
        await Devices.SetAsync(Ann, Platform.Ios, "three");
        Devices = await ReopenAsync();

        (await Devices.OfAsync(Ann)).ShouldBe([new(Platform.Ios, "three"), new(Platform.Android, "two")], ignoreOrder: true);
        (await Devices.OfAsync(Bob)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_removed_is_gone_and_may_be_removed_again()
    {
        await Devices.SetAsync(Ann, Platform.Ios, "one");
        await Devices.SetAsync(Ann, Platform.Android, "two");
        for (var i = 0; i < 2; i++) await Devices.RemoveAsync(Ann, Platform.Ios);
        (await Devices.OfAsync(Ann)).ShouldBe([new(Platform.Android, "two")]);
    }

    [Fact]
    public async Task Which_users_have_any_is_known()
    {
        (await Devices.WithAnyAsync([Ann, Bob])).ShouldBeEmpty();
        await Devices.SetAsync(Ann, Platform.Ios, "one");
        await Devices.SetAsync(Ann, Platform.Android, "two");
        (await Devices.WithAnyAsync([Bob, Ann])).ShouldBe([Ann]);
        (await Devices.WithAnyAsync([])).ShouldBeEmpty();
        await Devices.RemoveAsync(Ann, Platform.Ios);
        await Devices.SetAsync(Bob, Platform.Ios, "three");
        (await Devices.WithAnyAsync([Ann, Bob])).ShouldBe([Ann, Bob], ignoreOrder: true);
        await Devices.RemoveAsync(Ann, Platform.Android);
        (await Devices.WithAnyAsync([Ann])).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dead_token_is_forgotten_only_if_it_is_still_the_one()
    {
        await Devices.SetAsync(Ann, Platform.Ios, "old");
        await Devices.SetAsync(Ann, Platform.Ios, "new");
        (await Devices.ForgetAsync(Ann, Platform.Ios, "old")).ShouldBeFalse();
        (await Devices.OfAsync(Ann)).ShouldBe([new(Platform.Ios, "new")]);

        (await Devices.ForgetAsync(Ann, Platform.Ios, "new")).ShouldBeTrue();
        (await Devices.ForgetAsync(Ann, Platform.Ios, "new")).ShouldBeTrue("it is gone");
        (await Devices.OfAsync(Ann)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_token_has_one_owner_the_last_who_named_it()
    {
        await Devices.SetAsync(Ann, Platform.Ios, "phone");
        await Devices.SetAsync(Bob, Platform.Ios, "phone");
        await Devices.SetAsync(Ann, Platform.Android, "phone");
        (await Devices.OfAsync(Ann)).ShouldBe([new(Platform.Android, "phone")], "the same text names another device to another service");
        (await Devices.OfAsync(Bob)).ShouldBe([new(Platform.Ios, "phone")]);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("!", true)]
    [InlineData("~", true)]
    [InlineData("two words", false)]
    [InlineData("tab\t", false)]
    [InlineData("ü", false)]
    public void A_token_is_printable_ascii(string text, bool isToken) => Device.IsToken(text).ShouldBe(isToken);
}
