using Options = Cqrs.EventStore.EventStoreDb.Protocol.BatchAppendReq.Types.Options;

namespace Cqrs.Gateway.Appending;

/// <summary>How long an append of a batch call may take: as its caller asks, and no longer than the server lets anybody wait.</summary>
internal static class Deadlines
{
    /// <returns>What is left; zero or less when it has passed.</returns>
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
