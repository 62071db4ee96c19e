using System.Runtime.CompilerServices;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Devices;
using Cqrs.Notifications.Messages;
using Cqrs.Notifications.Push;
using Cqrs.Notifications.Relays;
using Cqrs.Notifications.Sms;
using Cqrs.Rules.Tests.Interleavings;

namespace Cqrs.Rules.Tests.Notifications;

/// <summary>What outlives a process: the log, the files, the world outside. Processes come and go.</summary>
internal sealed class PostOffice : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cqrs-post-");
    private readonly List<PostNode> _nodes = [];
    private int _commands;

    public PostOffice()
    {
        Log = new(Clock);
        Codec = new(DomainEvents.All, Keys);
    }

    public string Folder => _folder.FullName;

    public SetClock Clock { get; } = new(Start);

    public MemoryEventLog Log { get; }

    public MemoryKeys Keys { get; } = new();

    public EventCodec Codec { get; }

    public FakeSms Sms { get; } = new();

    public FakePush Push { get; } = new();

    public FakePeople People { get; } = new();

    public static UserKey AnnsKey { get; } = new(1);

    public static UserKey BobsKey { get; } = new(2);

    /// <summary>A new process; the bus of the one before is gone with it.</summary>
    public PostNode Process(Fuse? fuse = null)
    {
        var node = new PostNode(this, fuse ?? Fuse.Never);
        _nodes.Add(node);
        return node;
    }

    public async Task<LogPosition> AppendAsync(string stream, params IDomainEvent[] events)
    {
        var command = new CommandId(new Guid(++_commands, 3, 0, new byte[8]));
        var encoded = await Codec.EncodeAsync(stream, events, new(command, Guid.Empty, Guid.Empty, Actor: null, Clock.Now));
        return (await Log.AppendAsync(stream, ExpectedVersion.Any, encoded)).Position;
    }

    /// <summary>A code for somebody, to be sent to his number.</summary>
    public Task<LogPosition> IssueCodeAsync(UserId user, string phone = "+4915112345000", string code = "123456") => AppendAsync(
        StreamNames.Of(user), new VerificationCodeIssued(user, Guid.Empty, new(user, phone), new(user, code), Clock.Now.AddMinutes(10), Clock.Now));

    public void Dispose()
    {
        _nodes.ForEach(node => node.Dispose());
        _folder.Delete(recursive: true);
    }
}

/// <summary>One process with relays, bus and consumers, wired as the server wires it.</summary>
internal sealed class PostNode : IDisposable
{
    private readonly SqliteDeliveries _store;
    private readonly SqliteDevices _devices;
    private readonly Fuse _fuse;
    private readonly PostOffice _office;
    private readonly SmsDelivery _sms;
    private readonly PushDelivery _push;
    private readonly IReadOnlyList<IRelayed> _relayed;

    public PostNode(PostOffice office, Fuse fuse)
    {
        (_office, _fuse) = (office, fuse);
        _store = SqliteDeliveries.Open(office.Folder, office.Clock);
        _devices = SqliteDevices.Open(office.Folder, office.Keys, office.Clock);
        Deliveries = fuse.Around<IDeliveries>(_store);
        var deliverer = new Deliverer(Deliveries, office.Clock) { OnParked = (id, _) => Parked.Add(id) };
        var sealer = new PushDataSealer(office.Keys);
        _sms = new(office.Log, office.Codec, fuse.Around<ISmsSender>(office.Sms), Deliveries, deliverer, "Squares", office.Clock);
        _push = new(_devices, fuse.Around<IPushSender>(office.Push), Deliveries, deliverer, sealer, office.Clock);
        Dispatcher = new(Deliveries, fuse.Around<IMessageBus>(Bus));
        Phones = new(Dispatcher, sealer);
        ParkedMessages = new(Deliveries);
        _relayed = [new RelayedCodes(), new RelayedNews(office.Codec, office.People)];
    }

    public FakeBus Bus { get; } = new();

    public IDeliveries Deliveries { get; }

    public IDevices Devices => _devices;

    public Dispatcher Dispatcher { get; }

    public PhonePushes Phones { get; }

    public ParkedMessages ParkedMessages { get; }

    /// <summary>What this process has parked.</summary>
    public List<Guid> Parked { get; } = [];

    /// <summary>Follows the log, carries messages and does what they ask for, until nothing is left to be done now, or the process dies.</summary>
    public async Task WorkAsync()
    {
        try
        {
            await Deliveries.HandedAreLostAsync();
            foreach (var relayed in _relayed) await FollowAsync(relayed);
            do await PumpAsync();
            while (await Dispatcher.DispatchDueAsync(100, CancellationToken.None) > 0);
        }
        catch (CrashException)
        {
            // It ends here.
        }
    }

    /// <summary>Does what the messages on the bus ask for.</summary>
    public async Task PumpAsync()
    {
        while (Bus.Queue.TryDequeue(out var message)) await DeliverAsync(message);
    }

    public Task DeliverAsync(IMessage message) => message switch
    {
        SendSms sms => _sms.DeliverAsync(sms, CancellationToken.None),
        SendPush push => _push.DeliverAsync(push, CancellationToken.None),
        _ => throw new ArgumentException("Nobody delivers it.", nameof(message)),
    };

    public async Task<DeliveryState?> StateOfAsync(Guid id) => (await _store.FindAsync(id))?.State;

    public void Dispose()
    {
        _store.Dispose();
        _devices.Dispose();
    }

    // A follower follows for ever; here it ends when it has handled all that is in the log now.
    private async Task FollowAsync(IRelayed relayed)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_fuse.Burnt);
        var relay = new Relay(relayed, new EndingLog(_office.Log, stop), _fuse.Around<ICheckpointStore>(_store), Dispatcher, _office.Clock);
        await relay.Follower().RunAsync(stop.Token);
        if (_fuse.Burnt.IsCancellationRequested) throw new CrashException();
    }

    private sealed class EndingLog(IEventLog inner, CancellationTokenSource stop) : IEventLog
    {
        public Task<Appended> AppendAsync(string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
            inner.AppendAsync(stream, expected, events, cancel);

        public ValueTask<StreamSlice> ReadStreamAsync(
            string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
            inner.ReadStreamAsync(stream, fromVersion, maxCount, direction, cancel);

        public ValueTask<LogPage> ReadAllAsync(
            LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
            inner.ReadAllAsync(from, maxCount, filter, direction, cancel);

        public async IAsyncEnumerable<LogPage> SubscribeAsync(
            LogPosition after, LogFilter? filter = null, int maxPageSize = 512, [EnumeratorCancellation] CancellationToken cancel = default)
        {
            await foreach (var page in inner.SubscribeAsync(after, filter, maxPageSize, cancel))
            {
                yield return page;
                if (page.IsEnd) await stop.CancelAsync();
            }
        }

        public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default) => inner.HeadAsync(cancel);
    }
}
