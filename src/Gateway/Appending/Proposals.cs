using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Cqrs.Gateway.Reading;
using Google.Protobuf;
using Grpc.Core;

namespace Cqrs.Gateway.Appending;

/// <summary>Collects the events of one append, message by message.</summary>
/// <param name="stream">The stream to append to.</param>
internal sealed class Proposals(string stream, ExpectedVersion expected)
{
    private readonly List<EventToAppend> _events = [];

    public string Stream => stream;

    public ExpectedVersion Expected => expected;

    public IReadOnlyList<EventToAppend> Events => _events;

    /// <summary>Bytes of data and metadata so far.</summary>
    public long Size { get; private set; }

    /// <exception cref="RpcException">The name is missing, malformed or reserved.</exception>
    public static Proposals For(StreamIdentifier? identifier, ExpectedVersion expected)
    {
        var name = Names.Of(identifier);
        return name is Names.All or "$$" ? throw Refusals.Invalid($"'{name}' is not a stream that can be appended to.") : new(name, expected);
    }

    /// <exception cref="RpcException">The event is malformed, or the append is too large with it.</exception>
    public void Add(UUID? id, IReadOnlyDictionary<string, string> metadata, ByteString custom, ByteString data)
    {
        if (!metadata.TryGetValue(Conversions.Type, out var type)) throw Refusals.MissingProperty(Conversions.Type);
        if (!metadata.TryGetValue(Conversions.ContentType, out var contentType)) throw Refusals.MissingProperty(Conversions.ContentType);
        Size += data.Length + custom.Length;
        if (Size > AppendLimits.Bytes) throw Refusals.AppendTooLarge();
        if (_events.Count == AppendLimits.Events) throw Refusals.Invalid($"An append has at most {AppendLimits.Events} events.");
        _events.Add(new(IdOf(id), type, data.Memory, custom.Memory, contentType == Conversions.Json));
    }

    public bool IsEmpty => _events.Count == 0;

    /// <summary>As <see cref="AppendAsync"/>; appends lie in the log in the order in which this method was called.</summary>
    public async Task<(long LastVersion, LogPosition Position)> AppendInOrderAsync(IEventLog log, CancellationToken cancel)
    {
        if (IsEmpty || log is not IOrderedAppends ordered) return await AppendAsync(log, cancel);
        var appended = await ordered.AppendInOrderAsync(stream, expected, _events, cancel);
        return (appended.LastVersion, appended.Position);
    }

    /// <summary>Appends the events. Without events it only compares the expected version with the stream's.</summary>
    /// <returns>
    /// Version of the stream's last event, and the position of the last event of this append. Without events it is the
    /// position of the newest event of the log: a server writes an empty record then, which also lies behind all events.
    /// </returns>
    /// <exception cref="WrongExpectedVersionException">The stream is at another version.</exception>
    public async Task<(long LastVersion, LogPosition Position)> AppendAsync(IEventLog log, CancellationToken cancel)
    {
        if (_events.Count > 0)
        {
            var appended = await log.AppendAsync(stream, expected, _events, cancel);
            return (appended.LastVersion, appended.Position);
        }

        var last = (await log.ReadStreamAsync(stream, StreamVersion.End, 1, ReadDirection.Backwards, cancel)).LastVersion;
        var holds = expected == ExpectedVersion.Any || (expected == ExpectedVersion.StreamExists ? last >= 0 : expected.Value == last);
        return holds ? (last, await log.HeadAsync(cancel)) : throw new WrongExpectedVersionException(stream, expected, last);
    }

    private static Guid IdOf(UUID? id)
    {
        try
        {
            return Conversions.ToGuid(id) is var guid && guid != Guid.Empty ? guid : throw Refusals.Invalid("The id of an event is empty.");
        }
        catch (GrpcFormatException)
        {
            throw Refusals.Invalid("The id of an event is missing or is not a UUID.");
        }
    }
}
