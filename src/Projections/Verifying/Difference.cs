namespace Cqrs.Projections.Verifying;

/// <summary>A place where a live model is not what the log folds to.</summary>
/// <param name="Key">Of the row; null where the whole table is meant.</param>
/// <param name="Column">Null where the whole row is meant.</param>
/// <param name="Live">What the live model says; null for nothing. Personal data are masked.</param>
/// <param name="Fresh">What the log folds to.</param>
public sealed record Difference(string Table, string? Key, string? Column, string? Live, string? Fresh);

/// <param name="Position">Where both were compared.</param>
/// <param name="Rows">Rows of the fresh model.</param>
public sealed record Verified(EventStore.Log.LogPosition Position, int Tables, long Rows, long Differences);
