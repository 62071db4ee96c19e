using Cqrs.EventStore.Following;

namespace Cqrs.Api.Composition;

/// <summary>
/// The texts that operators read when a follower does not fit the log: in the log of the process, in health and from
/// <c>cqrs</c>.
/// </summary>
internal static partial class Mismatches
{
    /// <summary>The verb that repairs a relay, a process manager or the bits.</summary>
    public static string ResetVerb(string follower) => $"cqrs followers reset {follower}";

    /// <summary>The verb that repairs a read model.</summary>
    public static string RebuildVerb(string projection) => $"cqrs followers rebuild {projection}";

    /// <summary>What /health/ready shows.</summary>
    public static string Detail(CheckpointFault fault, string verb) => $"{fault.Code}: {fault.Reason}. It stands still. To mend it: {verb}";

    /// <param name="fault">Null: it fits again.</param>
    public static void Report(ILogger logger, string follower, CheckpointFault? fault, string verb)
    {
        if (fault is null) FitsAgain(logger, follower);
        else DoesNotFit(logger, follower, fault.Reason, verb);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Follower} does not fit the log: {Reason}. It stands still and changes nothing, and this server is not ready. If the wrong log was put back, stop the server and put back the right one. Else mend it while the server runs: {Verb}. For all followers: cqrs followers list.")]
    private static partial void DoesNotFit(ILogger logger, string follower, string reason, string verb);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Follower} fits the log again and goes on.")]
    private static partial void FitsAgain(ILogger logger, string follower);
}
