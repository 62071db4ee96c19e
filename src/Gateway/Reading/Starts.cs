using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using AllOptions = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types.AllOptions;
using StreamOptions = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types.StreamOptions;

namespace Cqrs.Gateway.Reading;

/// <summary>
/// Reads the start of a read from its options. The largest number of the protocol also means the end. Reading forwards
/// includes the start; reading all backwards and subscribing exclude it.
/// </summary>
internal static class Starts
{
    /// <returns><see cref="StreamVersion.End"/> for the end, −1 for the start, else a version.</returns>
    public static long Of(StreamOptions options) => options.RevisionOptionCase switch
    {
        StreamOptions.RevisionOptionOneofCase.Start => StreamVersion.None,
        StreamOptions.RevisionOptionOneofCase.End => StreamVersion.End,
        StreamOptions.RevisionOptionOneofCase.Revision => Number(options.Revision),
        _ => throw Refusals.Invalid("The revision to begin at is missing."),
    };

    /// <returns><see cref="LogPosition.End"/> for the end, <see cref="LogPosition.Start"/> for the start, else a position.</returns>
    public static LogPosition Of(AllOptions options)
    {
        switch (options.AllOptionCase)
        {
            case AllOptions.AllOptionOneofCase.Start:
                return LogPosition.Start;
            case AllOptions.AllOptionOneofCase.End:
                return LogPosition.End;
            case AllOptions.AllOptionOneofCase.Position:
                // The log has one number for both; a prepare position lies at or before its commit position.
                return options.Position.PreparePosition <= options.Position.CommitPosition
                    ? new(Number(options.Position.CommitPosition))
                    : throw Refusals.InvalidPosition();
            default:
                throw Refusals.Invalid("The position to begin at is missing.");
        }
    }

    private static long Number(ulong number) => number switch
    {
        ulong.MaxValue => long.MaxValue,
        < long.MaxValue => (long)number,
        _ => throw Refusals.InvalidPosition(),
    };
}
