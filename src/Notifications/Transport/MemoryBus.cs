using Cqrs.Notifications.Messages;
using Cqrs.Notifications.Push;
using Cqrs.Notifications.Sms;
using MassTransit;

namespace Cqrs.Notifications.Transport;

/// <summary>
/// MassTransit's transport within the process. Built by hand rather than by <c>AddMassTransit</c>: its start then does not
/// delay that of the server, and it reports no usage.
/// </summary>
public sealed class MemoryBus(SmsDelivery sms, PushDelivery push) : IMessageBus
{
    private const int SmsAtOnce = 16;
    private const int PushesAtOnce = 32;
    private const int Queues = 2;

    /// <summary>The id of messages that no consumer acts on; ids of real ones are derived or random.</summary>
    private static readonly Guid WarmUp = Guid.Empty;

    private static readonly Uri SmsQueue = new("queue:sms");
    private static readonly Uri PushQueue = new("queue:push");

    private readonly TaskCompletionSource<Endpoints> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _warmedUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _warm;

    /// <summary>Completes when a message has passed each queue: from then on none waits for compilation.</summary>
    public Task WarmedUp => _warmedUp.Task;

    public bool ForgetsAtTheEnd => true;

    public bool IsStarted => _started.Task.IsCompletedSuccessfully;

    /// <summary>Called with an exception that a consumer did not handle; the message is delivered again.</summary>
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
                throw new ArgumentException($"No consumer exists for {message.GetType().Name}.", nameof(message));
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
        var endpoints = new Endpoints(await bus.GetSendEndpoint(SmsQueue), await bus.GetSendEndpoint(PushQueue));
        _started.SetResult(endpoints);
        await WarmUpAsync(endpoints, cancel);
        await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await bus.StopAsync(CancellationToken.None);
    }

    /// <summary>
    /// Sends one message of each kind that no consumer acts on. The first message costs some tenths of a second of
    /// compilation, which a user's first code would wait for.
    /// </summary>
    private static async Task WarmUpAsync(Endpoints to, CancellationToken cancel)
    {
        try
        {
            await to.Sms.Send(new SendSms(WarmUp, Stream: "", Version: 0, EventId: default), cancel);
            await to.Push.Send(new SendPush(WarmUp, To: "", Kind: "", Sender: null, Connection: null, Data: null), cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The server stops; RunAsync ends the bus.
        }
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
            if (context.Message.Id == WarmUp)
            {
                if (Interlocked.Increment(ref _warm) == Queues) _warmedUp.TrySetResult();
                return;
            }

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
