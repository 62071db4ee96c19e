using System.Runtime.CompilerServices;
using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using static Cqrs.Contracts.Tests.Gateway.Requests;
using Direction = Cqrs.EventStore.Log.ReadDirection;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>A reader who does not read makes the face wait; it takes from the log no more than it can pass on.</summary>
public sealed class SlowReaderTests : IAsyncLifetime
{
    private const int Events = 3_000;
    private const int EventBytes = 20_000;
    private const long Most = 8 * 1_024 * 1_024;

    private readonly Face _face;
    private Meter _meter = null!;

    public SlowReaderTests() => _face = new(log => _meter = new(log), new());

    public async Task InitializeAsync()
    {
        await _face.InitializeAsync();
        var data = new byte[EventBytes];
        for (var i = 0; i < Events; i += 100)
            await _face.Log.AppendAsync("heavy", [.. Enumerable.Range(0, 100).Select(_ => new EventToAppend(Guid.NewGuid(), "heavy", data, Array.Empty<byte>()))]);
    }

    public Task DisposeAsync() => _face.DisposeAsync();

    [Theory]
    [InlineData("stream")]
    [InlineData("all")]
    [InlineData("subscription")]
    public async Task Little_is_taken_for_who_does_not_read_and_in_the_end_he_gets_everything(string what)
    {
        using var listener = await _face.Client.ListenAsync(what switch
        {
            "stream" => ReadStream("heavy"),
            "all" => ReadAll(),
            _ => SubscribeAll(),
        });
        await _meter.RestAsync();
        _meter.Bytes.ShouldBeInRange(1, Most);
        var messages = await listener.UntilAsync(message => message.Event?.Event.StreamRevision == Events - 1);
        messages.Count(message => message.ContentCase == ReadResp.ContentOneofCase.Event).ShouldBe(Events);
        _meter.Bytes.ShouldBeGreaterThan(Most, "else this test cannot fail");
    }

    /// <summary>A log that knows what was taken from it.</summary>
    private sealed class Meter(IEventLog log) : IEventLog
    {
        private long _bytes;

        public long Bytes => Volatile.Read(ref _bytes);

        /// <summary>Ends when something was taken and for a while no more is.</summary>
        public async Task RestAsync()
        {
            for (var (before, same) = (0L, 0); same < 5; await Task.Delay(100))
            {
                same = Bytes > 0 && Bytes == before ? same + 1 : 0;
                before = Bytes;
            }
        }

        public Task<Appended> AppendAsync(string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
            log.AppendAsync(stream, expected, events, cancel);

        public async ValueTask<StreamSlice> ReadStreamAsync(string stream, long fromVersion, int maxCount, Direction direction = Direction.Forwards, CancellationToken cancel = default)
        {
            var slice = await log.ReadStreamAsync(stream, fromVersion, maxCount, direction, cancel);
            Count(slice.Events);
            return slice;
        }

        public async ValueTask<LogPage> ReadAllAsync(LogPosition from, int maxCount, LogFilter? filter = null, Direction direction = Direction.Forwards, CancellationToken cancel = default)
        {
            var page = await log.ReadAllAsync(from, maxCount, filter, direction, cancel);
            Count(page.Events);
            return page;
        }

        public async IAsyncEnumerable<LogPage> SubscribeAsync(LogPosition after, LogFilter? filter = null, int maxPageSize = 512, [EnumeratorCancellation] CancellationToken cancel = default)
        {
            await foreach (var page in log.SubscribeAsync(after, filter, maxPageSize, cancel))
            {
                Count(page.Events);
                yield return page;
            }
        }

        public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default) => log.HeadAsync(cancel);

        private void Count(IReadOnlyList<RecordedEvent> events) => Interlocked.Add(ref _bytes, events.Sum(e => (long)e.Data.Length));
    }
}
