using System.Globalization;
using Cqrs.Api.Configuration;
using Cqrs.Cli.Followers;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using Microsoft.Data.Sqlite;

namespace Cqrs.Cli.Doctor;

/// <summary>Does each follower fit the log?</summary>
internal static class FollowerChecks
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <param name="head">Where a log ends that is not embedded here; −1 where it could not be asked.</param>
    public static Check Of(Settings settings, long? head) => new("followers", Limit, cancel => ExamineAsync(settings, head, cancel));

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(Settings settings, long? head, CancellationToken cancel)
    {
        // Without its log a follower cannot be judged; the check of the log says what is wrong with that.
        if (head < 0 || (settings.EventStore is null && !File.Exists(Path.Combine(settings.Data, SqliteEventLog.FileName)))) return [];
        try
        {
            return [.. (await FollowersAsync(settings, cancel)).Select(Finding)];
        }
        catch (Exception e) when (e is EventLogException or SqliteException)
        {
            return [Doctor.Finding.Fault("followers", e.Message, "The checks of the log and of the stores say what is wrong with them.")];
        }
    }

    /// <summary>Judges the followers in a folder with an embedded log, without a change to any file.</summary>
    public static async Task<IReadOnlyList<Follower>> FollowersAsync(string folder)
    {
        using var judge = SnapshotJudge.Of(folder);
        return await Follower.ExamineAsync(folder, judge.Judge);
    }

    private static async Task<IReadOnlyList<Follower>> FollowersAsync(Settings settings, CancellationToken cancel)
    {
        if (settings.EventStore is not { } server) return await FollowersAsync(settings.Data);
        await using var log = new EsdbEventLog(server);
        return await Follower.ExamineAsync(settings.Data, log, cancel);
    }

    private static Finding Finding(Follower follower)
    {
        var check = $"follower {follower.Name}";
        if (follower.Fault is { } fault)
            return Doctor.Finding.Fault(check, $"does not fit the log: {fault.Reason}", $"{follower.Verb}. If the wrong log was put back, put back the right one instead.");
        return Doctor.Finding.Ok(check, follower.Checkpoint is { } checkpoint
            ? string.Create(CultureInfo.InvariantCulture, $"at {checkpoint.Position.Value:N0}, fits the log")
            : "has noted nothing yet");
    }
}
