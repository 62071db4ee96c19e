using Cqrs.Notifications.Messages;
using Cqrs.Notifications.Push;
using Cqrs.Notifications.Sms;
using MassTransit;

namespace Cqrs.Notifications.Transport;

/// <summary>
/// MassTransit's transport within the process. Built by hand rather than by <c>AddMassTransit</c>: its start then delays
/// nobody else's, and nothing reports on the use of it.
/// </summary>
public sealed class MemoryBus(SmsDelivery sms, PushDelivery push) : IMessageBus
{
    private const int SmsAtOnce = 16;
    private const int PushesAtOnce = 32;

    private static readonly Uri SmsQueue = new("queue:sms");
    private static readonly Uri PushQueue = new("queue:push");

    private readonly TaskCompletionSource<Endpoints> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool ForgetsAtTheEnd => true;

    public bool IsStarted => _started.Task.IsCompletedSuccessfully;

    /// <summary>Told of what escaped a consumer; the message comes again.</summary>
    public Action<Exception>? OnFailure { get; set; }

    public async Task SendAsync(IMessage message, CancellationToken cancel)
    {
        var to = await _started.Task.WaitAsync(cancel);
        switch (message)
        {
            case SendSms sms:
                await to.Sms.Send(sms, context => context.MessageId = sms.Id, cancel);
                break;
            case SendPush push:
                await to.Push.Send(push, context => context.MessageId = push.Id, cancel);
                break;
            default:
                throw new ArgumentException($"Nobody consumes a {message.GetType().Name}.", nameof(message));
        }
    }

    /// <summary>Carries messages until cancelled; those under way are brought to their end.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var bus = Bus.Factory.CreateUsingInMemory(configure =>
        {
            configure.ReceiveEndpoint("sms", endpoint => Consume<SendSms>(endpoint, SmsAtOnce, sms.DeliverAsync));
            configure.ReceiveEndpoint("push", endpoint => Consume<SendPush>(endpoint, PushesAtOnce, push.DeliverAsync));
        });
        await bus.StartAsync(cancel);
        _started.SetResult(new(await bus.GetSendEndpoint(SmsQueue), await bus.GetSendEndpoint(PushQueue)));
        await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await bus.StopAsync(CancellationToken.None);
    }

    // A message is settled in the deliveries, or comes again from there: nothing is kept in queues for errors.
    private void Consume<T>(IInMemoryReceiveEndpointConfigurator endpoint, int atOnce, Func<T, CancellationToken, Task> deliver)
        where T : class, IMessage
    {
        endpoint.ConcurrentMessageLimit = atOnce;
        endpoint.PublishFaults = false;
        endpoint.DiscardFaultedMessages();
        endpoint.DiscardSkippedMessages();
        endpoint.Handler<T>(async context =>
        {
            try
            {
                await deliver(context.Message, context.CancellationToken);
            }
            catch (Exception e)
            {
                OnFailure?.Invoke(e);
            }
        });
    }

    private sealed record Endpoints(ISendEndpoint Sms, ISendEndpoint Push);
}
