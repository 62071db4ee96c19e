using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using static Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types;
using static Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types;
using Direction = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types.ReadDirection;

namespace Cqrs.EventStore.EventStoreDb.Reading;

/// <summary>Requests of <c>Streams/Read</c>.</summary>
internal static class ReadRequests
{
    private static readonly Empty Nothing = new();

    public static ReadReq Stream(string stream, long fromVersion, int count, Log.ReadDirection direction)
    {
        var options = new StreamOptions { StreamIdentifier = Conversions.ToIdentifier(stream) };
        if (fromVersion == StreamVersion.End) options.End = Nothing;
        else options.Revision = (ulong)Math.Max(0, fromVersion);
        return Read(new() { Stream = options, NoFilter = Nothing, Count = (ulong)count }, direction);
    }

    /// <summary>The server begins at the position itself when it reads forwards, and before it when backwards.</summary>
    public static ReadReq All(LogPosition from, int count, FilterOptions filter, Log.ReadDirection direction)
    {
        var options = new AllOptions();
        if (from == LogPosition.Start) options.Start = Nothing;
        else if (from == LogPosition.End) options.End = Nothing;
        else options.Position = At(from);
        return Read(new() { All = options, Filter = filter, Count = (ulong)count }, direction);
    }

    /// <summary>The server begins after the position.</summary>
    public static ReadReq Subscription(LogPosition after, FilterOptions filter)
    {
        var options = new AllOptions();
        if (after == LogPosition.Start) options.Start = Nothing;
        else options.Position = At(after);
        return Read(new() { All = options, Filter = filter, Subscription = new() }, Log.ReadDirection.Forwards);
    }

    private static ReadReq Read(Options options, Log.ReadDirection direction)
    {
        options.ReadDirection = direction == Log.ReadDirection.Forwards ? Direction.Forwards : Direction.Backwards;
        options.UuidOption = new() { Structured = Nothing };
        options.ControlOption = new() { Compatibility = 1 };
        return new() { Options = options };
    }

    private static Position At(LogPosition position) => new() { CommitPosition = (ulong)position.Value, PreparePosition = (ulong)position.Value };
}
