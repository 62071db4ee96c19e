using System.Diagnostics;
using Cqrs.Contracts.Tests.Gateway;
using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Microsoft.AspNetCore.Http;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>
/// The server is killed, paused, and cut off in mid-message while writers write and a subscriber follows: every
/// answered append is there once, and the subscriber is told each event once, in order.
/// </summary>
public sealed class FaultTests : IDisposable
{
    private const int Writers = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly List<EsdbIncident> _incidents = [];

    public FaultTests() => Directory.CreateDirectory(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_and_restarted_it_loses_nothing_and_tells_nothing_twice()
    {
        var face = await GatewayProcess.StartAsync(_folder.Path);
        try
        {
            await using var log = Connect(face.Address.Port);
            await using var load = new Load(log);
            for (var kills = 0; kills < 3; kills++)
            {
                await load.UntilAnsweredAsync(200);
                await face.KillAsync();
                face = await GatewayProcess.StartAsync(_folder.Path, face.Address.ToString());
            }

            await load.UntilAnsweredAsync(200);
            await load.EndAsync();
            Told(EsdbIncidentKind.NodeLost).ShouldBeTrue();
        }
        finally
        {
            face.Dispose();
        }
    }

    [Fact]
    public async Task Cut_in_mid_message_it_loses_nothing_and_tells_nothing_twice()
    {
        using var face = await GatewayProcess.StartAsync(_folder.Path);
        await using var proxy = new CuttingProxy(() => face.Address);
        proxy.CutAfter(20_011);
        await using var log = Connect(proxy.Port);
        await using var load = new Load(log);

        await Until(() => proxy.Cuts >= 20, load);
        proxy.CutAfter(long.MaxValue);
        await load.UntilAnsweredAsync(100);

        await load.EndAsync();
        Told(EsdbIncidentKind.SubscriptionBroken).ShouldBeTrue();
    }

    [Fact]
    public async Task Paused_for_30_s_it_is_noticed_and_nothing_is_lost_or_told_twice()
    {
        using var face = await GatewayProcess.StartAsync(_folder.Path);
        await using var log = Connect(face.Address.Port);
        await using var load = new Load(log);
        await load.UntilAnsweredAsync(200);

        Signal(face.Id, "STOP");
        try
        {
            // The pause is what happens to it, not what is waited for.
            await Task.Delay(Pause);
            Told(EsdbIncidentKind.NodeLost).ShouldBeTrue("pings that nobody answers give the node up");
        }
        finally
        {
            Signal(face.Id, "CONT");
        }

        await load.UntilAnsweredAsync(200);
        await load.EndAsync();
    }

    [Fact]
    public async Task A_subscription_that_falls_silent_is_noticed_and_goes_on()
    {
        var subscriptions = 0;
        await using var node = await FakeNode.StartWithBatchesAsync(async http =>
        {
            var request = await http.Request.BodyReader.ReadAsync(ReadReq.Parser, http.RequestAborted);
            if (request!.Options.CountOptionCase == ReadReq.Types.Options.CountOptionOneofCase.Count)
            {
                // The log has an event, whoever asks for it.
                await FakeNode.SendAsync(http, new ReadResp { Event = AnEvent() });
                return;
            }

            await SendAsync(http, new ReadResp { Confirmation = new() { SubscriptionId = "1" } });
            await SendAsync(http, new ReadResp { CaughtUp = new() });
            if (Interlocked.Increment(ref subscriptions) > 2) await SendAsync(http, new ReadResp { Event = AnEvent() });
            await Task.Delay(-1, http.RequestAborted);
        });
        await using var log = node.Connect(silence: TimeSpan.FromMilliseconds(200), report: Report);

        var told = await log.SubscribeUntilAsync((_, events) => events.Count > 0);

        told.ShouldHaveSingleItem().Position.ShouldBe(new(5));
        Told(EsdbIncidentKind.SubscriptionSilent).ShouldBeTrue();

        static Task SendAsync(HttpContext http, ReadResp answer) => http.Response.Body.WriteAsync(Frames.Of(answer)).AsTask();
    }

    private static ReadResp.Types.ReadEvent AnEvent() => new()
    {
        Event = new()
        {
            Id = Conversions.ToUuid(Guid.NewGuid()),
            StreamIdentifier = Conversions.ToIdentifier("thing-1"),
            CommitPosition = 5,
            PreparePosition = 5,
            Metadata = { [Conversions.Type] = "happened.v1", [Conversions.Created] = "17000000000000000" },
        },
    };

    private EsdbEventLog Connect(int port) => new(
        ConnectionString.Parse($"esdb://127.0.0.1:{port}?tls=false&keepAliveInterval=2000&keepAliveTimeout=2000&defaultDeadline=5000"),
        new() { Report = Report });

    private void Report(EsdbIncident incident)
    {
        lock (_incidents) _incidents.Add(incident);
    }

    private bool Told(EsdbIncidentKind kind)
    {
        lock (_incidents) return _incidents.Any(incident => incident.Kind == kind);
    }

    private static async Task Until(Func<bool> condition, Load load)
    {
        while (!condition()) await load.UntilAnsweredAsync(20);
    }

    private static void Signal(int process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.ToString()]);
        kill.WaitForExit();
        kill.ExitCode.ShouldBe(0);
    }

    /// <summary>Writers, each with a stream of its own, and a subscriber to all.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly EsdbEventLog _log;
        private readonly CancellationTokenSource _end = new();
        private readonly CancellationTokenSource _heardAll = new();
        private readonly List<Guid>[] _written = [.. Enumerable.Range(0, Writers).Select(_ => new List<Guid>())];
        private readonly string[] _streams = [.. Enumerable.Range(0, Writers).Select(_ => NewStream("faulty"))];
        private readonly List<RecordedEvent> _heard = [];
        private readonly Task[] _writing;
        private readonly Task _hearing;
        private int _answered;

        public Load(EsdbEventLog log)
        {
            _log = log;
            _hearing = HearAsync();
            _writing = [.. Enumerable.Range(0, Writers).Select(WriteAsync)];
        }

        public async Task UntilAnsweredAsync(int more)
        {
            var target = Volatile.Read(ref _answered) + more;
            using var patience = new CancellationTokenSource(Patience);
            while (Volatile.Read(ref _answered) < target)
            {
                foreach (var task in _writing.Append(_hearing).Where(task => task.IsFaulted)) await task;
                await Task.Delay(10, patience.Token);
            }
        }

        /// <summary>Ends the load, and looks at what is there and what was told.</summary>
        public async Task EndAsync()
        {
            await _end.CancelAsync();
            await Task.WhenAll(_writing).WaitAsync(Patience);
            var all = await _log.ReadAllAsync(new LogFilter { Categories = ["faulty"] }, pageSize: 1_000);
            for (var writer = 0; writer < Writers; writer++)
                all.Where(e => e.Stream == _streams[writer]).Ids().ShouldBe(_written[writer]);

            await UntilAsync(() => Heard().Count >= all.Count);
            Heard().ShouldBe(all.Ids());
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _heardAll.CancelAsync();
            await Task.WhenAll(_writing.Append(_hearing)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _end.Dispose();
            _heardAll.Dispose();
        }

        private List<Guid> Heard()
        {
            lock (_heard) return [.. _heard.Ids()];
        }

        // Like a command: what failed is repeated with the same ids until it is answered.
        private async Task WriteAsync(int writer)
        {
            var written = _written[writer];
            while (!_end.IsCancellationRequested)
            {
                var events = Events((written.Count % 3) + 1);
                while (true)
                {
                    try
                    {
                        var appended = await _log.AppendAsync(_streams[writer], ExpectedVersion.Exactly(written.Count - 1), events);
                        appended.LastVersion.ShouldBe(written.Count + events.Length - 1);
                        break;
                    }
                    catch (EventLogException e) when (e.Code is EventLogErrors.Unreachable or EventLogErrors.Timeout)
                    {
                        // Repeated.
                    }
                }

                written.AddRange(events.Ids());
                Interlocked.Increment(ref _answered);
            }
        }

        private async Task HearAsync()
        {
            try
            {
                await foreach (var page in _log.SubscribeAsync(LogPosition.Start, new LogFilter { Categories = ["faulty"] }, 64, _heardAll.Token))
                    lock (_heard) _heard.AddRange(page.Events);
            }
            catch (OperationCanceledException) when (_heardAll.IsCancellationRequested)
            {
                // Enough.
            }
        }
    }
}
