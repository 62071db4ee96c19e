using System.Text;
using Cqrs.Contracts.Tests.Log;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.PersonalData;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Devices;
using Cqrs.Notifications.Messages;

namespace Cqrs.Contracts.Tests.Notifications;

public sealed class SqliteDeliveriesContract : DeliveriesContract
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDeliveries? _deliveries;

    protected override Task<IDeliveries> OpenAsync() => Task.FromResult<IDeliveries>(_deliveries = SqliteDeliveries.Open(_folder.Path, Clock));

    protected override Task<IDeliveries> ReopenAsync()
    {
        _deliveries!.Dispose();
        return OpenAsync();
    }

    public override Task DisposeAsync()
    {
        _deliveries!.Dispose();
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

public sealed class SqliteDevicesContract : DevicesContract
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDevices? _devices;

    protected override Task<IDevices> OpenAsync() =>
        Task.FromResult<IDevices>(_devices = SqliteDevices.Open(_folder.Path, new FixedKeys(), TimeProvider.System));

    protected override Task<IDevices> ReopenAsync()
    {
        _devices!.Dispose();
        return OpenAsync();
    }

    public override Task DisposeAsync()
    {
        _devices!.Dispose();
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>What is the embedded engine's own.</summary>
public sealed class SqliteNotificationsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SettableClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Two_processes_on_one_file_accept_a_message_once()
    {
        using var one = SqliteDeliveries.Open(_folder.Path, _clock);
        using var two = SqliteDeliveries.Open(_folder.Path, _clock);
        var messages = Enumerable.Range(0, 50).Select(_ => new SendSms(Guid.NewGuid(), "user-x", 0, Guid.NewGuid())).ToList();
        var accepted = await Task.WhenAll(new[] { one, two, one, two }.Select(deliveries => Task.Run(async () => await deliveries.AcceptAsync(messages))));
        accepted.Sum(some => some.Count).ShouldBe(50);
    }

    [Fact]
    public async Task What_was_done_is_forgotten_after_a_day_and_what_is_parked_is_not()
    {
        using var deliveries = SqliteDeliveries.Open(_folder.Path, _clock);
        var (done, parked) = (new SendSms(Guid.NewGuid(), "user-x", 0, Guid.NewGuid()), new SendSms(Guid.NewGuid(), "user-x", 1, Guid.NewGuid()));
        await deliveries.AcceptAsync([done, parked]);
        await deliveries.DoneAsync(done.Id);
        await deliveries.ParkAsync(parked.Id, "reason");
        _clock.Now += DeliveryTimes.Remembered + TimeSpan.FromSeconds(1);

        // The next start looks for what is old.
        using var next = SqliteDeliveries.Open(_folder.Path, _clock);
        await next.AcceptAsync([new SendSms(Guid.NewGuid(), "user-x", 2, Guid.NewGuid())]);

        (await next.FindAsync(done.Id)).ShouldBeNull();
        (await next.CountParkedAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Tokens_are_not_readable_in_the_file()
    {
        using (var devices = SqliteDevices.Open(_folder.Path, new FixedKeys(), TimeProvider.System))
            await devices.SetAsync(new UserKey(1), Platform.Ios, "a-very-special-token");
        foreach (var file in Directory.GetFiles(_folder.Path))
            Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)).ShouldNotContain("special-token");
    }
}

internal sealed class FixedKeys : ISystemKeys
{
    public ValueTask<ReadOnlyMemory<byte>> GetOrCreateSystemKeyAsync(string name, CancellationToken cancel = default)
    {
        var key = new byte[32];
        Encoding.ASCII.GetBytes(name, key);
        return new(key);
    }
}
