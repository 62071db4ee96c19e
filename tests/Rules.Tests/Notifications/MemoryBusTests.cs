using Cqrs.Domain.Identity;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Devices;
using Cqrs.Notifications.Messages;
using Cqrs.Notifications.Push;
using Cqrs.Notifications.Sms;
using Cqrs.Notifications.Transport;

namespace Cqrs.Rules.Tests.Notifications;

/// <summary>The real bus between a relay's messages and the consumers.</summary>
public sealed class MemoryBusTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly PostOffice _office = new();
    private readonly CancellationTokenSource _stop = new();
    private SqliteDeliveries _deliveries = null!;
    private SqliteDevices _devices = null!;
    private MemoryBus _bus = null!;
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _deliveries = SqliteDeliveries.Open(_office.Folder, _office.Clock);
        _devices = SqliteDevices.Open(_office.Folder, _office.Keys, _office.Clock);
        var deliverer = new Deliverer(_deliveries, _office.Clock);
        _bus = new(
            new(_office.Log, _office.Codec, _office.Sms, _deliveries, deliverer, "Squares", _office.Clock),
            new(_devices, _office.Push, _deliveries, deliverer, new(_office.Keys), _office.Clock));
        await _devices.SetAsync(PostOffice.AnnsKey, Platform.Ios, "anns");
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _deliveries.Dispose();
        _devices.Dispose();
        _office.Dispose();
    }

    [Fact]
    public async Task Messages_reach_their_consumers_also_those_given_to_it_before_it_has_started()
    {
        await _office.IssueCodeAsync(Bob, code: "654321");
        var recorded = (await _office.Log.ReadAllAsync(default, 1)).Events[0];
        var (sms, push) = (NewSignal(), NewSignal());
        _office.Sms.Answer = message => Told(sms, message.Text, SmsOutcome.Sent);
        _office.Push.Answer = message => Told(push, string.Join(' ', message.Data.OrderBy(entry => entry.Key)), PushOutcome.Sent);

        var early = _bus.SendAsync(new SendSms(Guid.NewGuid(), recorded.Stream, recorded.Version, recorded.Id), default);
        early.IsCompleted.ShouldBeFalse();
        Run();
        await early;
        var connection = ConnectionId.Between(Ann, Bob).Value;
        await _bus.SendAsync(new SendPush(Guid.NewGuid(), PostOffice.AnnsKey.ToString(), PushKinds.Joined, Sender: null, connection, Data: null), default);

        (await sms.Task.WaitAsync(Patience)).ShouldBe("654321 is your Squares code. It works once, for 10 minutes.");
        (await push.Task.WaitAsync(Patience)).ShouldBe($"[connectionId, {connection}] [kind, joined]");
    }

    [Fact]
    public async Task The_bus_warms_up_by_itself_and_sends_and_notes_nothing_for_it()
    {
        var sent = 0;
        _office.Sms.Answer = _ => Sent(SmsOutcome.Sent);
        _office.Push.Answer = _ => Sent(PushOutcome.Sent);
        Run();
        await _bus.WarmedUp.WaitAsync(Patience);
        sent.ShouldBe(0);
        (await _deliveries.FindAsync(Guid.Empty)).ShouldBeNull();

        T Sent<T>(T outcome)
        {
            sent++;
            return outcome;
        }
    }

    [Fact]
    public async Task A_consumer_that_can_remember_nothing_is_told_of()
    {
        var failure = NewSignal();
        _bus.OnFailure = error => failure.TrySetResult(error.GetType().Name);
        Run();

        // Nothing can be remembered of it: the file is closed.
        _deliveries.Dispose();
        await _bus.SendAsync(new SendPush(Guid.NewGuid(), "to", PushKinds.Joined, Sender: null, Connection: null, Data: null), default);
        (await failure.Task.WaitAsync(Patience)).ShouldNotBeEmpty();
    }

    private void Run() => _running = _bus.RunAsync(_stop.Token);

    private static TaskCompletionSource<string> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static T Told<T>(TaskCompletionSource<string> signal, string text, T outcome)
    {
        signal.TrySetResult(text);
        return outcome;
    }
}
