using Cqrs.EventStore.Tables;

namespace Cqrs.Projections.Engine;

/// <summary>
/// How a projection is, left in its model's file where other processes find it: written when something changes and
/// every other second, without waiting for the disk. Times are those of the machine, not of the log's clock.
/// </summary>
internal sealed class StatusRow(SqliteTables tables)
{
    /// <summary>Leaves word of how it is, and that somebody is there. The last failure stays until the next one.</summary>
    public void Write(ProjectionReport report, DateTimeOffset now)
    {
        tables.Run(
            "UPDATE status SET state = $1, rate = $2, seen = $3, answered = max(answered, $4)",
            (int)report.Status.State, (long)(report.Rate * 1_000), now.ToUnixTimeMilliseconds(), report.Answered);
        if (report.Status.Failure is not { } failure) return;
        tables.Run(
            "UPDATE status SET error = $1, error_position = $2, error_stream = $3, error_type = $4, error_at = $5, error_reason = $6",
            failure.Error, failure.Position.Value, failure.Stream, failure.Type, report.Since.ToUnixTimeMilliseconds(), failure.Reason);
    }

    /// <summary>Adds the column of the failure's text to a file that earlier code made.</summary>
    public static void AddReason(SqliteTables tables)
    {
        if (!HasReason(tables)) tables.Execute("ALTER TABLE status ADD COLUMN error_reason TEXT");
    }

    /// <summary>The newest request to try again, by its number, and the newest that was answered.</summary>
    public (long Asked, long Answered) Requests()
    {
        using var row = tables.Query("SELECT asked, answered FROM status");
        return row.Read() ? (row.GetInt64(0), row.GetInt64(1)) : default;
    }

    /// <summary>How the projection was when its runner last reported.</summary>
    public ProjectionState State() => (ProjectionState)(tables.Number("SELECT state FROM status") ?? 0);

    /// <summary>Asks whoever runs the projection to try again.</summary>
    /// <returns>The number of the request.</returns>
    public long Ask() => tables.Number("UPDATE status SET asked = asked + 1 RETURNING asked")!.Value;

    /// <summary>What the row says; null where the file is older than it.</summary>
    public static WrittenStatus? Read(SqliteTables tables)
    {
        if (tables.Number("SELECT 1 FROM sqlite_master WHERE name = 'status'") is null) return null;
        var reason = HasReason(tables) ? "error_reason" : "NULL";
        using var row = tables.Query($"SELECT state, rate, seen, error, error_position, error_stream, error_type, error_at, asked, answered, {reason} FROM status");
        if (!row.Read()) return null;
        var failure = row.Text(3) is { } error ? new ProjectionFailure(new(row.GetInt64(4)), row.Text(5), error, row.Text(6), row.Text(10)) : null;
        return new(
            (ProjectionState)row.GetInt32(0), row.GetInt64(1) / 1_000d, DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
            failure, failure is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)), row.GetInt64(8), row.GetInt64(9));
    }

    private static bool HasReason(SqliteTables tables) =>
        tables.Number("SELECT 1 FROM pragma_table_info('status') WHERE name = 'error_reason'") is not null;
}

/// <param name="Rate">Events applied a second, lately.</param>
/// <param name="Answered">The newest request to try again that was followed.</param>
/// <param name="Since">When <paramref name="Status"/> became so.</param>
public sealed record ProjectionReport(ProjectionStatus Status, double Rate, long Answered, DateTimeOffset Since);

/// <param name="Seen">When whoever runs it last left word.</param>
/// <param name="LastFailure">What it met last, even if it has gone on since.</param>
public sealed record WrittenStatus(
    ProjectionState State, double Rate, DateTimeOffset Seen, ProjectionFailure? LastFailure, DateTimeOffset? FailedAt, long Asked, long Answered)
{
    /// <summary>A runner leaves word every other second; one that has been silent for so long is gone.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    public bool IsRunning(DateTimeOffset now) => now - Seen < Silence;
}
