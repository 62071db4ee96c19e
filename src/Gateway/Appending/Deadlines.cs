using Options = Cqrs.EventStore.EventStoreDb.Protocol.BatchAppendReq.Types.Options;

namespace Cqrs.Gateway.Appending;

/// <summary>Computes how long an append of a batch call may take: what its caller asks for, within the gateway's own limit.</summary>
internal static class Deadlines
{
    /// <returns>The time that is left; zero when the deadline has passed.</returns>
    public static TimeSpan Of(Options options, TimeSpan longest, DateTimeOffset now)
    {
        var seconds = options.DeadlineOptionCase switch
        {
            Options.DeadlineOptionOneofCase.Deadline => options.Deadline.Seconds + (options.Deadline.Nanos / 1e9),
            Options.DeadlineOptionOneofCase.Deadline21100 =>
                options.Deadline21100.Seconds + (options.Deadline21100.Nanos / 1e9) - (now.ToUnixTimeMilliseconds() / 1e3),
            _ => longest.TotalSeconds,
        };
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, longest.TotalSeconds));
    }
}
